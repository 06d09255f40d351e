// Command promql evaluates PromQL over made-up series, with Prometheus' own engine and in its notation for tests.
//
// Standard input: {"load": "load 30s\n  metric{…} 0+1x10", "queries": [{"expr": "…", "from": 0, "to": 600, "step": 30}]},
// times in seconds from the start of the series. Standard output: for each query and each instant the labels of the result.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
)

type query struct {
	Expr           string
	From, To, Step int64
}

type sample struct {
	Labels map[string]string `json:"labels"`
	Value  string            `json:"value"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var input struct {
		Load    string
		Queries []query
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		return err
	}
	loader, err := promqltest.NewLazyLoader(input.Load, promqltest.LazyLoaderOpts{EnableAtModifier: true, EnableNegativeOffset: true})
	if err != nil {
		return err
	}
	defer loader.Close()
	var loading error
	loader.WithSamplesTill(time.Unix(1<<31, 0), func(err error) { loading = err })
	if loading != nil {
		return loading
	}
	results := make([][][]sample, 0, len(input.Queries))
	for _, q := range input.Queries {
		instants := [][]sample{}
		for at := q.From; at <= q.To; at += q.Step {
			vector, err := evaluate(loader, q.Expr, time.Unix(at, 0).UTC())
			if err != nil {
				return fmt.Errorf("%s: %w", q.Expr, err)
			}
			instants = append(instants, vector)
		}
		results = append(results, instants)
	}
	return json.NewEncoder(os.Stdout).Encode(results)
}

func evaluate(loader *promqltest.LazyLoader, expr string, at time.Time) ([]sample, error) {
	prepared, err := loader.QueryEngine().NewInstantQuery(context.Background(), loader.Queryable(), nil, expr, at)
	if err != nil {
		return nil, err
	}
	defer prepared.Close()
	result := prepared.Exec(context.Background())
	if result.Err != nil {
		return nil, result.Err
	}
	switch value := result.Value.(type) {
	case promql.Vector:
		samples := make([]sample, 0, len(value))
		for _, it := range value {
			samples = append(samples, sample{Labels: it.Metric.Map(), Value: fmt.Sprint(it.F)})
		}
		return samples, nil
	default:
		return nil, fmt.Errorf("the result is a %s, not a vector", value.Type())
	}
}
