package soak

import (
	"fmt"
	"math"
	"strings"
)

// The measures of the plot, in pixels.
const (
	plotWidth   = 800
	panelHeight = 260
	marginLeft  = 70
	marginRight = 90
	marginTop   = 40
	marginDown  = 50
)

// panel is one of the plot's pictures.
type panel struct {
	title, unit string
	lines       []line
}

// line is one series in a panel.
type line struct {
	name, colour string
	points       []point
}

// Plot draws memory and descriptors over time, as an SVG of two panels.
func (r *Record) Plot() string {
	panels := []panel{{title: "Resident memory", unit: "MB"}, {title: "Open descriptors", unit: "number"}}
	colours := map[string]string{"host": "#1f5fa8", "plugin": "#c05a1c"}
	for _, s := range followed() {
		for i, of := range []string{memory, descriptors} {
			if s.of == of {
				panels[i].lines = append(panels[i].lines, line{s.part, colours[s.part], s.points(r.Samples)})
			}
		}
	}
	var b strings.Builder
	height := panelHeight * len(panels)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n",
		plotWidth, height, plotWidth, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", plotWidth, height)
	for i, p := range panels {
		p.draw(&b, float64(i*panelHeight), r.Seconds)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// draw draws the panel from a height on, over so many seconds.
func (p panel) draw(b *strings.Builder, top, seconds float64) {
	divisor, unit := timeUnit(seconds)
	across := scale{0, max(seconds/divisor, 1e-9), marginLeft, plotWidth - marginRight}
	upright := scale{0, p.most(), top + panelHeight - marginDown, top + marginTop}
	fmt.Fprintf(b, `<text x="%d" y="%.0f" font-weight="bold">%s, %s</text>`+"\n", marginLeft, top+marginTop-14, p.title, p.unit)
	for _, v := range ticks(upright.most) {
		y := upright.at(v)
		fmt.Fprintf(b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/>`, marginLeft, plotWidth-marginRight, y, y)
		fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", marginLeft-8, y+4, short(v))
	}
	bottom := upright.at(0)
	for _, v := range ticks(across.most) {
		x := across.at(v)
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#888"/>`, x, x, bottom, bottom+5)
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", x, bottom+18, short(v))
	}
	fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="middle">time, %s</text>`+"\n", (marginLeft+plotWidth-marginRight)/2, bottom+36, unit)
	for i, l := range p.lines {
		fmt.Fprintf(b, `<text x="%d" y="%.0f" fill="%s">%s</text>`+"\n", plotWidth-marginRight+12, top+marginTop+float64(16*i)+8, l.colour, l.name)
		if len(l.points) == 0 {
			continue
		}
		fmt.Fprintf(b, `<polyline fill="none" stroke="%s" stroke-width="1.5" points="`, l.colour)
		for j, pt := range l.points {
			if j > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(b, "%.1f,%.1f", across.at(pt.at/divisor), upright.at(pt.value))
		}
		b.WriteString(`"/>` + "\n")
	}
}

// most is a little more than the largest value of the panel.
func (p panel) most() float64 {
	most := 1.0
	for _, l := range p.lines {
		for _, pt := range l.points {
			most = max(most, pt.value*1.1)
		}
	}
	return most
}

// scale leads from values to pixels.
type scale struct{ least, most, from, to float64 }

func (s scale) at(v float64) float64 {
	return s.from + (v-s.least)/(s.most-s.least)*(s.to-s.from)
}

// timeUnit is the unit in which so many seconds are a handy number.
func timeUnit(seconds float64) (divisor float64, unit string) {
	switch {
	case seconds > 3*3600:
		return 3600, "h"
	case seconds > 180:
		return 60, "min"
	default:
		return 1, "s"
	}
}

// ticks are round numbers from 0 to most, at most seven of them.
func ticks(most float64) []float64 {
	unit := math.Pow(10, math.Floor(math.Log10(most))-1)
	step := unit
	for _, times := range []float64{2, 2.5, 5, 10, 20} {
		if most/step <= 6 {
			break
		}
		step = times * unit
	}
	var all []float64
	for i := 0; float64(i)*step <= most; i++ {
		all = append(all, float64(i)*step)
	}
	return all
}
