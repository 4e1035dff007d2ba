package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// config answers with the items in PD's order, which a map would lose.
func (a *api) config(w http.ResponseWriter, _ *http.Request) {
	var body bytes.Buffer
	for i, item := range a.cluster.ScheduleConfig() {
		if i > 0 {
			body.WriteByte(',')
		}
		body.WriteString(strconv.Quote(item.Name))
		body.WriteByte(':')
		body.Write(item.Value)
	}
	answer(w, http.StatusOK, json.RawMessage("{"+body.String()+"}"))
}

func (a *api) configure(w http.ResponseWriter, r *http.Request) {
	var values map[string]json.RawMessage
	if !read(w, r, &values) {
		return
	}
	if err := a.cluster.Configure(values); err != nil {
		refuse(w, err, http.StatusBadRequest)
		return
	}
	answer(w, http.StatusOK, "The config is updated.")
}
