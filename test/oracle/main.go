// Judges histories of pins with Porcupine, a checker of linearizability that nobody here wrote: an oracle for
// verify/register. It reads histories as JSON from standard input, and prints Ok, Illegal or Unknown for each.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

// history is what a client saw of one session. Times are microseconds.
type history struct {
	Lifetime, Tolerance int64
	// Sliding pins begin a new life with each request, which writes what it found.
	Sliding bool
	Events  []event
}

// event is a request and its answer; without a model it was not answered.
type event struct {
	Invoked, Returned int64
	Model             string
	// Routed is the model that routing gives the prompt; empty where that is not known.
	Routed string
}

// half of a request. A gateway looks for a pin; where it found none, it writes the one that routing gives, later.
type half struct {
	request        int
	writes         bool
	called, ended  int64
	model          string
	unanswered     bool
	mayRoute       bool
	sliding        bool
	everywhere     []string
	life, loosened int64
}

// state of the register, and of the requests that have looked: those that write are still to do so.
type state struct {
	pin            string
	clocks         clocks
	looked, writes uint64
}

const (
	forever = int64(1) << 50
	limit   = time.Minute
)

// halves gives what Porcupine orders: two operations a request. An unanswered one may do its part at any later time, and
// write anything.
func halves(h history) []porcupine.Operation {
	var operations []porcupine.Operation
	var models []string
	for _, e := range h.Events {
		if e.Model != "" {
			models = append(models, e.Model)
		}
	}
	for i, e := range h.Events {
		it := half{
			request: i, called: e.Invoked, ended: e.Returned, model: e.Model, unanswered: e.Model == "",
			sliding: h.Sliding, everywhere: models, life: h.Lifetime, loosened: h.Tolerance,
		}
		// What routing said before does not bind it, but that it gives a model of an earlier answer is taken for a pin.
		it.mayRoute = e.Routed == "" || e.Routed == e.Model || !answeredBefore(h.Events, e)
		if it.unanswered {
			it.ended = forever / 2
		}
		for _, writes := range []bool{false, true} {
			it.writes = writes
			operations = append(operations, porcupine.Operation{Input: it, Call: it.called, Return: it.ended})
		}
	}
	return operations
}

func answeredBefore(events []event, e event) bool {
	for _, other := range events {
		if other.Model == e.Model && other.Returned < e.Invoked {
			return true
		}
	}
	return false
}

// step gives every state in which a half of a request can leave the register; none where it cannot have been so.
func step(before, input, _ any) []any {
	s, it := before.(state), input.(half)
	request := uint64(1) << it.request
	if it.writes {
		if s.looked&request == 0 {
			return nil
		}
		s.looked &^= request
		if s.writes&request == 0 {
			return []any{s}
		}
		s.writes &^= request
		return written(s, it)
	}
	clocks, ok := s.clocks.reach(it.called, it.ended)
	if !ok {
		return nil
	}
	s.clocks = clocks
	if s.pin == "" {
		s.clocks = clocks.write()
	}
	s.looked |= request
	var after []any
	if s.pin != "" && (it.unanswered || it.model == s.pin) {
		if clocks, ok := s.clocks.bound(now, written_, it.life+it.loosened); ok {
			found := s
			found.clocks = clocks
			if it.sliding {
				found.writes |= request
			}
			after = append(after, found)
		}
	}
	if it.unanswered || it.mayRoute {
		gone, ok := s.clocks, true
		if s.pin != "" {
			gone, ok = s.clocks.bound(written_, now, -(it.life - it.loosened))
		}
		if ok {
			missed := s
			missed.pin, missed.clocks = "", gone.write()
			missed.writes |= request
			after = append(after, missed)
		}
	}
	return after
}

// written gives the states after a pin was written; what was not answered may have been lost as well.
func written(s state, it half) []any {
	models := []string{it.model}
	var after []any
	if it.unanswered {
		models, after = it.everywhere, append(after, s)
	}
	clocks, ok := s.clocks.reach(it.called, it.ended)
	if !ok {
		return after
	}
	for _, model := range models {
		s.pin, s.clocks = model, clocks.write()
		after = append(after, s)
	}
	return after
}

// clocks says what is known of the time, and of when the pin was written, as timed automata have it: [i][j] is by how
// much i can be after j at most.
type clocks [3][3]int64

const (
	start = iota
	now
	written_
)

// reach lets time pass until it is within a request. @returns whether it can be
func (c clocks) reach(from, to int64) (clocks, bool) {
	c[now][start], c[now][written_] = forever, forever
	c[start][now] = min(c[start][now], -from)
	return c.bound(now, start, to)
}

// bound adds that i is at most so much after j, and draws all conclusions.
func (c clocks) bound(i, j int, most int64) (clocks, bool) {
	c[i][j] = min(c[i][j], most)
	for k := range c {
		for i := range c {
			for j := range c {
				c[i][j] = min(c[i][j], c[i][k]+c[k][j])
			}
		}
	}
	return c, c[start][start] >= 0 && c[now][now] >= 0 && c[written_][written_] >= 0
}

// write makes now the time of the last pin.
func (c clocks) write() clocks {
	c[written_][start], c[start][written_] = c[now][start], c[start][now]
	c[written_][now], c[now][written_] = 0, 0
	return c
}

func main() {
	var histories []history
	if err := json.NewDecoder(os.Stdin).Decode(&histories); err != nil {
		log.Fatal(err)
	}
	register := porcupine.NondeterministicModel{Init: func() []any { return []any{state{}} }, Step: step}
	model := register.ToModel()
	for _, h := range histories {
		if len(h.Events) > 64 {
			log.Fatalf("%d events are more than 64", len(h.Events))
		}
		fmt.Println(porcupine.CheckOperationsTimeout(model, halves(h), limit))
	}
}
