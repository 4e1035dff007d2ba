package sim

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defaults is the schedule configuration of a PD v8.5 that nobody has touched.
//
//go:embed defaults.json
var defaults []byte

// maxStoreDownTime is the one item that the model heeds.
const maxStoreDownTime = "max-store-down-time"

// Item is one entry of the schedule configuration; PD has an order for them.
type Item struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

func defaultConfig() ([]Item, error) {
	decoder := json.NewDecoder(bytes.NewReader(defaults))
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("read the default configuration: %w", err)
	}
	var items []Item
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("read the default configuration: %w", err)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("read the default configuration: %w", err)
		}
		items = append(items, Item{Name: fmt.Sprint(name), Value: value})
	}
	return items, nil
}

// ScheduleConfig returns the schedule configuration in PD's order.
func (c *Cluster) ScheduleConfig() []Item {
	c.mu.Lock()
	defer c.mu.Unlock()
	items := slices.Clone(c.state.Config)
	for i, item := range items {
		switch item.Name {
		case "store-limit":
			items[i].Value = c.storeLimits()
		case "schedulers-v2":
			items[i].Value = c.schedulerList()
		}
	}
	return items
}

func (c *Cluster) storeLimits() json.RawMessage {
	limits := make([]string, 0, len(c.state.Stores))
	for _, id := range slices.Sorted(maps.Keys(c.state.Stores)) {
		limits = append(limits, strconv.Quote(strconv.FormatUint(id, 10))+`:{"add-peer":15,"remove-peer":15}`)
	}
	return json.RawMessage("{" + strings.Join(limits, ",") + "}")
}

func (c *Cluster) schedulerList() json.RawMessage {
	list := make([]string, 0, len(c.state.Schedulers))
	for _, name := range c.state.Schedulers {
		// The configuration has its own, older names: no suffix, and this one.
		kind := strings.Replace(strings.TrimSuffix(name, "-scheduler"), "balance-hot-region", "hot-region", 1)
		list = append(list, `{"type":`+strconv.Quote(kind)+`,"args":null,"disable":false,"args-payload":""}`)
	}
	return json.RawMessage("[" + strings.Join(list, ",") + "]")
}

// Configure sets the items that the cluster knows, and passes over the others as
// PD does.
func (c *Cluster) Configure(values map[string]json.RawMessage) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if raw, ok := values[maxStoreDownTime]; ok {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return refused("", "%v", err)
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return refused("", "%v", err)
		}
		c.setDuration(maxStoreDownTime, d)
	}
	for i, item := range c.state.Config {
		raw, ok := values[item.Name]
		switch {
		case !ok || item.Name == maxStoreDownTime:
			continue
		case item.Value[0] == '"' && raw[0] != '"':
			raw = json.RawMessage(strconv.Quote(string(raw))) // flags are texts
		}
		c.state.Config[i].Value = raw
	}
	c.dirty = true
	return nil
}

func (c *Cluster) setDuration(name string, d time.Duration) {
	for i, item := range c.state.Config {
		if item.Name == name {
			c.state.Config[i].Value = json.RawMessage(strconv.Quote(d.String()))
		}
	}
}

func (c *Cluster) maxStoreDownTime() time.Duration {
	for _, item := range c.state.Config {
		if item.Name != maxStoreDownTime {
			continue
		}
		if text, err := strconv.Unquote(string(item.Value)); err == nil {
			if d, err := time.ParseDuration(text); err == nil {
				return d
			}
		}
	}
	return c.settings.MaxStoreDownTime
}
