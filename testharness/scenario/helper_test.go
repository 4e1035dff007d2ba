package scenario_test

import "encoding/json"

type rawJSON = json.RawMessage
