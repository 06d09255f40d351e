import assert from "node:assert/strict";
import { chooseMaster } from "./master";

const master = (replicas: number) => ({ role: "master", replicas });
const replica = { role: "slave", replicas: 0 };

function choose(...answers: (ReturnType<typeof master> | string)[]): number {
  return chooseMaster(answers.map((answer, i) => ({ name: `redis-${i}`, answer })));
}

describe("the master of several Redises", () => {
  it("is the one that says so, also without replicas", () => {
    assert.equal(choose(replica, master(2), replica), 1);
    assert.equal(choose("timed out", replica, master(0)), 2);
  });

  it("is not one that came back and does not know yet that it was replaced", () => {
    assert.equal(choose(master(0), master(1), replica), 1);
  });

  it("is not guessed where none or several have a claim", () => {
    const uncertain = (answers: string) => ({
      name: "Unmeasurable",
      message: `it is not certain which of 2 Redis pods is the master (${answers}); name Redis by --redis-url`,
    });
    assert.throws(() => choose(replica, "timed out"), uncertain("redis-0: slave, redis-1: timed out"));
    assert.throws(() => choose(master(1), master(1)), uncertain("redis-0: master, redis-1: master"));
    assert.throws(() => choose(master(0), master(0)), uncertain("redis-0: master, redis-1: master"));
  });
});
