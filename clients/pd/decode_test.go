package pd

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
)

// decoders are all there are, each with the recording of a good answer.
var decoders = map[string]struct {
	recording string
	decode    func([]byte) (any, error)
}{
	"stores":   {"stores-offline", func(b []byte) (any, error) { return decodeStores(b) }},
	"region":   {"region-by-id", func(b []byte) (any, error) { return document.Decode(b, readRegion) }},
	"regions":  {"regions-healthy", func(b []byte) (any, error) { return decodeRegions(bytes.NewReader(b), 10) }},
	"list":     {"regions-healthy", func(b []byte) (any, error) { return decodeRegions(bytes.NewReader(b), 1000) }},
	"stats":    {"stats-region", func(b []byte) (any, error) { return decodeRegionStats(b) }},
	"members":  {"members", func(b []byte) (any, error) { return decodeMembers(b) }},
	"health":   {"health", func(b []byte) (any, error) { return decodeHealth(b) }},
	"status":   {"cluster-status-not-bootstrapped", func(b []byte) (any, error) { return decodeClusterStatus(b) }},
	"schedule": {"config-schedule", func(b []byte) (any, error) { return decodeScheduleConfig(b) }},
	"texts":    {"operators", func(b []byte) (any, error) { return document.DecodeTexts(b) }},
	"evicting": {"scheduler-evict-leader-config", func(b []byte) (any, error) { return decodeEvictLeader(b) }},
	"done":     {"scheduler-evict-leader", func(b []byte) (any, error) { return decodeDone(b) }},
}

// TestMalformedAnswersNameTheField breaks a recorded answer in one place.
func TestMalformedAnswersNameTheField(t *testing.T) {
	cases := map[string]struct {
		reason, answer, from, to, want string // from "": the whole
	}{
		"StoresEmpty":     {reason: "Nothing is not no stores.", answer: "stores", want: "the answer is empty where JSON was expected"},
		"StoresNull":      {reason: "Nor is null.", answer: "stores", to: "null", want: "stores is missing"},
		"StoresNullList":  {reason: "Nor is a null list.", answer: "stores", to: `{"count":0,"stores":null}`, want: "stores is null, want array"},
		"StoresCount":     {reason: "A list that lost something is not the list.", answer: "stores", from: `"count": 4`, to: `"count": 5`, want: "count is 5, but there are 4 stores"},
		"StoreNull":       {reason: "A store is an object.", answer: "stores", to: `{"count":1,"stores":[null]}`, want: "stores[0] is null, want object"},
		"StoreNoMeta":     {reason: "Of two parts.", answer: "stores", from: `"store": {`, to: `"other": {`, want: "stores[0].store is missing"},
		"StoreNoStatus":   {reason: "Of two parts.", answer: "stores", from: `"status": {`, to: `"other": {`, want: "stores[0].status is missing"},
		"StoreNoID":       {reason: "No store has the id 0.", answer: "stores", from: `"id": 4,`, want: "stores[0].store.id is missing"},
		"StoreTextID":     {reason: "An id is a number.", answer: "stores", from: `"id": 4`, to: `"id": "4"`, want: "stores[0].store.id is string, want integer, not negative"},
		"StoreNoAddress":  {reason: "No store is nowhere.", answer: "stores", from: `"address": "mock:://tikv-4:4",`, want: "stores[0].store.address is missing"},
		"StoreNoState":    {reason: "No state is not Up.", answer: "stores", from: `"state_name": "Offline"`, to: `"state": 1`, want: "stores[0].store.state_name is missing"},
		"StoreTextState":  {reason: "What is there has to be right.", answer: "stores", from: `"node_state": 2`, to: `"node_state": "Removing"`, want: "stores[0].store.node_state is string, want integer"},
		"StoreTextBool":   {reason: "What is there has to be right.", answer: "stores", from: `"physically_destroyed": true`, to: `"physically_destroyed": 1`, want: "stores[0].store.physically_destroyed is the number 1, want boolean"},
		"StoreHeartbeat":  {reason: "What is there has to be right.", answer: "stores", from: `"last_heartbeat": 1795439557895824635`, to: `"last_heartbeat": "now"`, want: "stores[0].store.last_heartbeat is string, want integer"},
		"StoreNoCapacity": {reason: "A size that is missing is not 0.", answer: "stores", from: `"capacity": "1TiB",`, want: "stores[0].status.capacity is missing"},
		"StoreNumberSize": {reason: "A size is a text.", answer: "stores", from: `"1TiB"`, to: `1099511627776`, want: "stores[0].status.capacity is the number 1099511627776, want string"},
		"StoreBadSize":    {reason: "With a unit.", answer: "stores", from: `"1TiB"`, to: `"1 terabyte\u001b"`, want: `stores[0].status.capacity is "1 terabyte\x1b", want a size such as 3.469GiB`},
		"StoreNoLeaders":  {reason: "A count that is missing is not 0.", answer: "stores", from: `"leader_count": 14,`, want: "stores[0].status.leader_count is missing"},
		"StoreFraction":   {reason: "A count is whole.", answer: "stores", from: `"region_count": 38`, to: `"region_count": 38.5`, want: "stores[0].status.region_count is the number 38.5, want integer"},
		"StoreNoWeight":   {reason: "A weight that is missing is not 0.", answer: "stores", from: `"leader_weight": 1,`, want: "stores[0].status.leader_weight is missing"},
		"StoreStart":      {reason: "A time is RFC 3339.", answer: "stores", from: `"1970-01-01T00:00:00Z"`, to: `"1970-01-01"`, want: `stores[0].status.start_ts is "1970-01-01", want an RFC 3339 time`},
		"StoreUptime":     {reason: "A duration is Go's.", answer: "stores", from: `"1970-01-01T00:00:00Z"`, to: `"2026-01-01T00:00:00Z","uptime":"1 day"`, want: ""},
		"RegionNoID":      {reason: "No region has the id 0.", answer: "region", from: `"id":52,`, want: "id is missing"},
		"RegionNoKey":     {reason: "A key that is missing is not the first.", answer: "region", from: `"start_key"`, to: `"startkey"`, want: "start_key is missing"},
		"RegionBadKey":    {reason: "Keys are hexadecimal.", answer: "region", from: `"end_key":"7`, to: `"end_key":"z`, want: `end_key is "z480000000000000FF015F728000000000FF00000BFF00000000FB", want hexadecimal`},
		"RegionPeerID":    {reason: "A peer has an id.", answer: "region", from: `"id":49,`, want: "peers[0].id is missing"},
		"RegionPeerStore": {reason: "And a store.", answer: "region", from: `,"store_id":4`, want: "peers[0].store_id is missing"},
		"RegionPeerRole":  {reason: "And a role.", answer: "region", from: `"role_name":"Voter",`, want: "peers[0].role_name is missing"},
		"RegionNullPeers": {reason: "Left out, not null.", answer: "region", from: `[{"role_name":"Voter","id":49,"store_id":4},{"role_name":"Voter","id":50,"store_id":1},{"role_name":"Voter","id":51,"store_id":2}]`, to: `null`, want: "peers is null, want array"},
		"RegionLeader":    {reason: "A leader is an object.", answer: "region", from: `{"role_name":"Voter","id":50,"store_id":1},"cpu`, to: `50,"cpu`, want: "leader is the number 50, want object"},
		"RegionLeaderAt":  {reason: "With a store.", answer: "region", from: `"id":50,"store_id":1},"cpu`, to: `"id":50},"cpu`, want: "leader.store_id is missing"},
		"RegionNoSize":    {reason: "A size that is missing is not 0.", answer: "region", from: `"approximate_size":96,`, want: "approximate_size is missing"},
		"ListNoCount":     {reason: "A list says how long it is.", answer: "regions", from: `"count":50,`, want: "count is missing"},
		"ListNoRegions":   {reason: "A list is there.", answer: "regions", to: `{"count":50}`, want: "regions is missing"},
		"ListNull":        {reason: "Null is no list.", answer: "regions", to: `{"count":0,"regions":null}`, want: "regions is null, want array"},
		"ListNumber":      {reason: "Nor a number.", answer: "regions", to: `{"count":0,"regions":0}`, want: "regions is the number 0, want array"},
		"ListObject":      {reason: "Nor an object.", answer: "regions", to: `{"count":0,"regions":{}}`, want: "regions is object, want array"},
		"ListDocument":    {reason: "It comes in an object.", answer: "regions", to: `[]`, want: "field the document: want object, got array"},
		"ListText":        {reason: "It comes in an object.", answer: "regions", to: `"a"`, want: "field the document: want object, got string"},
		"ListTrue":        {reason: "It comes in an object.", answer: "regions", to: `true`, want: "field the document: want object, got boolean"},
		"ListNothing":     {reason: "It comes.", answer: "regions", want: "the answer is empty where JSON was expected"},
		"ListHTML":        {reason: "As JSON.", answer: "regions", to: "<html>\x1b", want: `not JSON (invalid character '<' looking for beginning of value): "<html>\x1b"`},
		"ListTwice":       {reason: "Once.", answer: "regions", to: `{"count":0,"regions":[],"regions":[]}`, want: "regions is there twice"},
		"ListCountTwice":  {reason: "What was read by the first count is read.", answer: "regions", to: `{"count":0,"regions":[],"count":0}`, want: "count is there twice"},
		"ListTrailing":    {reason: "And nothing after it.", answer: "regions", to: `{"count":0,"regions":[]}{}`, want: `more than one JSON value in the answer: "{\"count\":0,\"regions\":[]}{}"`},
		"ListCutOff":      {reason: "To its end.", answer: "regions", to: `{"count":0,"regions":[]`, want: "the JSON is cut off after 23 bytes"},
		"ListCutInField":  {reason: "To its end.", answer: "regions", to: `{"count":`, want: "the JSON is cut off after 9 bytes"},
		"ListCutInRegion": {reason: "To its end.", answer: "regions", to: `{"count":1,"regions":[{"id":`, want: "the JSON is cut off after 28 bytes"},
		"ListTooLong":     {reason: "A list longer than it says is another.", answer: "regions", to: `{"count":1,"regions":[{},{}]}`, want: "regions[0].id is missing"},
		"ListTooShort":    {reason: "So is a shorter one.", answer: "regions", to: `{"count":1,"regions":[]}`, want: "count is 1, but there are 0 regions"},
		"ListNegative":    {reason: "No list has less than none.", answer: "regions", to: `{"count":-1,"regions":[]}`, want: "count is -1, want a number of regions"},
		"ListTextCount":   {reason: "A count is a number.", answer: "regions", to: `{"count":"50","regions":[]}`, want: `count is "50", want a number of regions`},
		"ListLateCount":   {reason: "A count that comes late counts too.", answer: "list", from: `"count":50,`, want: "count is missing"},
		"ListItem":        {reason: "With the place.", answer: "list", from: `"id":108,`, want: "regions[1].id is missing"},
		"StatsNoCount":    {reason: "A sum that is missing is not 0.", answer: "stats", from: `"count": 50,`, want: "count is missing"},
		"StatsNoMap":      {reason: "Nor is one by store.", answer: "stats", from: `"store_leader_count"`, to: `"other"`, want: "store_leader_count is missing"},
		"StatsNullMap":    {reason: "Nor null.", answer: "stats", from: `"store_leader_count": {`, to: `"store_leader_count":null,"x": {`, want: "store_leader_count is null, want object"},
		"StatsBadStore":   {reason: "Stores have numbers.", answer: "stats", from: `"1": 11`, to: `"tikv\u001b": 11`, want: `store_leader_count.tikv\x1b is not the id of a store`},
		"StatsTextValue":  {reason: "And so have sums.", answer: "stats", from: `"1": 11`, to: `"1": "11"`, want: "store_leader_count.1 is string, want integer"},
		"MembersNoHeader": {reason: "Whose members?", answer: "members", from: `"header"`, to: `"other"`, want: "header is missing"},
		"MembersNoList":   {reason: "A PD without members answers nothing.", answer: "members", from: `"members"`, to: `"other"`, want: "members is missing"},
		"MembersLeader":   {reason: "A leader is a member.", answer: "members", from: `"leader": {`, to: `"leader": "pd1","x": {`, want: "leader is string, want object"},
		"MembersURLs":     {reason: "URLs are texts.", answer: "members", from: `"http://127.0.0.1:12379"`, to: `12379`, want: "members[0].client_urls[0] is the number 12379, want string"},
		"HealthNull":      {reason: "Null is not no members.", answer: "health", to: "null", want: "the document is null, want array"},
		"HealthNoWord":    {reason: "No word is not health.", answer: "health", from: `"health": true`, to: `"healthy": true`, want: "[0].health is missing"},
		"StatusNoTime":    {reason: "PD says when, or year 1.", answer: "status", from: `"raft_bootstrap_time"`, to: `"x"`, want: "raft_bootstrap_time is missing"},
		"StatusNoWord":    {reason: "No word is not false.", answer: "status", from: `"is_initialized"`, to: `"x"`, want: "is_initialized is missing"},
		"ScheduleNoTime":  {reason: "No time is not at once.", answer: "schedule", from: `"max-store-down-time"`, to: `"x"`, want: "max-store-down-time is missing"},
		"ScheduleBadTime": {reason: "A duration is Go's.", answer: "schedule", from: `"30m0s"`, to: `"half an hour"`, want: `max-store-down-time is "half an hour", want a duration such as 30m0s`},
		"ScheduleBool":    {reason: "A boolean is a text here.", answer: "schedule", from: `"enable-make-up-replica": "true"`, to: `"enable-make-up-replica": "yes"`, want: `enable-make-up-replica is "yes", want "true" or "false"`},
		"TextsNull":       {reason: "Null is not no operators.", answer: "texts", to: "null", want: "the document is null, want array"},
		"TextsItem":       {reason: "Each is a text.", answer: "texts", to: `["a",{}]`, want: "[1] is object, want string"},
		"EvictingNoList":  {reason: "No list is not an empty one.", answer: "evicting", from: `"store-id-ranges"`, to: `"x"`, want: "store-id-ranges is missing"},
		"EvictingStore":   {reason: "Stores have numbers.", answer: "evicting", from: `"2"`, to: `"-2"`, want: "store-id-ranges.-2 is not the id of a store"},
		"DoneObject":      {reason: "An object is something else's answer.", answer: "done", to: `{"ok":true}`, want: "field the document: want string, got object"},
		"DoneHTML":        {reason: "So is a page.", answer: "done", to: "<html>", want: `not JSON (invalid character '<' looking for beginning of value): "<html>"`},
		"DoneNothing":     {reason: "And nothing.", answer: "done", want: "the answer is empty where JSON was expected"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			decoder := decoders[tc.answer]
			good := clienttest.Load(t, decoder.recording).Response.Body
			if _, err := decoder.decode([]byte(good)); err != nil {
				t.Fatalf("the recording: %v", err)
			}
			body := tc.to
			if tc.from != "" {
				if body = strings.Replace(good, tc.from, tc.to, 1); body == good {
					t.Fatalf("%q is not in the recording", tc.from)
				}
			}
			_, err := decoder.decode([]byte(body))
			if tc.want == "" {
				if err != nil {
					t.Errorf("%s\n%v", tc.reason, err)
				}
				return
			}
			if err == nil {
				t.Fatalf("%s\ndecoded", tc.reason)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestStoreInFull has every field that the recordings lack.
func TestStoreInFull(t *testing.T) {
	body := `{"store":{"id":18446744073709551615,"address":"tikv-1:20160","status_address":"tikv-1:20180","peer_address":"tikv-1:20170",
		"labels":[{"key":"zone","value":"a"},{"key":"engine"}],"state_name":"Up"},
		"status":{"capacity":"0B","available":"1.5KiB","used_size":"1023B","leader_count":0,"leader_weight":0.5,"leader_score":1e3,"leader_size":0,
		"region_count":0,"region_weight":1,"region_score":-1,"region_size":0,"learner_count":1,"witness_count":2,"pending_peer_count":3,
		"slow_score":80,"sending_snap_count":4,"receiving_snap_count":5,"is_busy":true,
		"start_ts":"2026-11-23T14:00:00+01:00","uptime":"1h30m"}}`
	want := Store{
		ID: 1<<64 - 1, Address: "tikv-1:20160", StatusAddress: "tikv-1:20180", PeerAddress: "tikv-1:20170",
		Labels: map[string]string{"zone": "a", "engine": ""}, State: StateUp, NodeState: NodePreparing,
		StartTime: new(time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)), Uptime: new(90 * time.Minute),
		Available: 1536, UsedSize: 1023, LeaderWeight: 0.5, LeaderScore: 1000, RegionWeight: 1, RegionScore: -1,
		LearnerCount: 1, WitnessCount: 2, PendingPeerCount: 3, SendingSnapCount: 4, ReceivingSnapCount: 5, SlowScore: 80, Busy: true,
	}
	got, err := document.Decode([]byte(body), readStore)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n-want +got:\n%s", err, diff)
	}
}

// TestRegionInFull has every field that the recordings lack.
func TestRegionInFull(t *testing.T) {
	body := `{"id":2,"start_key":"","end_key":"","epoch":{},
		"peers":[{"role_name":"Learner","is_learner":true,"id":3,"store_id":4},{"role_name":"Voter","is_witness":true,"id":5,"store_id":6}],
		"leader":{"role_name":""},
		"down_peers":[{"down_seconds":90,"peer":{"role_name":"Voter","id":5,"store_id":6}},{"down_seconds":18446744073709551615,"peer":{"role_name":"Voter","id":5,"store_id":6}}],
		"pending_peers":[{"role_name":"Learner","is_learner":true,"id":3,"store_id":4}],
		"written_bytes":1,"read_bytes":2,"written_keys":3,"read_keys":4,"approximate_size":1,"approximate_keys":5}`
	learner := Peer{ID: 3, StoreID: 4, Role: "Learner", IsLearner: true}
	voter := Peer{ID: 5, StoreID: 6, Role: "Voter"}
	witness := voter
	witness.IsWitness = true
	want := Region{
		ID: 2, Peers: []Peer{learner, witness}, PendingPeers: []Peer{learner},
		DownPeers:    []DownPeer{{voter, 90 * time.Second}, {voter, 9223372036 * time.Second}},
		WrittenBytes: 1, ReadBytes: 2, WrittenKeys: 3, ReadKeys: 4, ApproximateSize: 1, ApproximateKeys: 5,
	}
	got, err := document.Decode([]byte(body), readRegion)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n-want +got:\n%s", err, diff)
	}
	for _, body := range []string{strings.Replace(body, `{"role_name":""}`, "null", 1), strings.Replace(body, `"leader":{"role_name":""},`, "", 1)} {
		if got, err := document.Decode([]byte(body), readRegion); err != nil || got.Leader != nil {
			t.Errorf("no leader is %v, %v", got.Leader, err)
		}
	}
}

// TestMembersWithoutALeader is a PD between two elections, with a member that
// was added and has not started.
func TestMembersWithoutALeader(t *testing.T) {
	want := Members{ClusterID: 1, Members: []Member{{ID: 2, PeerURLs: []string{"http://pd-2:2380"}}, {Name: "pd-1", ID: 1, ClientURLs: []string{"http://pd-1:2379"}, LeaderPriority: 5}}}
	got, err := decodeMembers([]byte(`{"header":{"cluster_id":1},"members":[{"member_id":2,"peer_urls":["http://pd-2:2380"]},{"name":"pd-1","member_id":1,"client_urls":["http://pd-1:2379"],"leader_priority":5}],"leader":null}`))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n-want +got:\n%s", err, diff)
	}
	health, err := decodeHealth([]byte(`[{"name":"","member_id":2,"client_urls":null,"health":false}]`))
	if diff := cmp.Diff([]MemberHealth{{ID: 2}}, health); diff != "" || err != nil {
		t.Errorf("%v\n-want +got:\n%s", err, diff)
	}
}

func TestClusterStatusBootstrapped(t *testing.T) {
	got, err := decodeClusterStatus([]byte(`{"raft_bootstrap_time":"2026-11-23T13:00:00.5+01:00","is_initialized":true,"replication_status":"majority"}`))
	want := ClusterStatus{BootstrapTime: new(time.Date(2026, 11, 23, 12, 0, 0, 5e8, time.UTC)), Initialized: true, ReplicationStatus: "majority"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n-want +got:\n%s", err, diff)
	}
}

// TestRegionsInAnyOrderOfFields: a count that comes last is checked, with as
// few regions held.
func TestRegionsInAnyOrderOfFields(t *testing.T) {
	region := clienttest.Load(t, "region-by-id").Response.Body
	body := `{"regions":[` + region + "," + region + "," + region + `],"extra":{"a":[1]},"count":3}`
	got, err := decodeRegions(strings.NewReader(body), 2)
	if err != nil || got.Count != 3 || len(got.Regions) != 2 {
		t.Errorf("got %d of %d: %v", len(got.Regions), got.Count, err)
	}
	if _, err := decodeRegions(strings.NewReader(strings.Replace(body, `"count":3`, `"count":2`, 1)), 1); err == nil || err.Error() != "count is 2, but there are 3 regions" {
		t.Errorf("got %v", err)
	}
}

func TestLeaders(t *testing.T) {
	if got := (RegionStats{StoreLeaderCount: map[uint64]int64{1: 2, 3: 4}}).Leaders(); got != 6 {
		t.Errorf("Leaders() = %d", got)
	}
}
