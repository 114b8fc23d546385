package io.peft4j.harness.run;

/** What a run makes of what its folder holds. */
public enum RunStart {
  /** It begins, in a folder that holds no other run: what is there is never lost. */
  NEW,

  /** It goes on from its newest checkpoint; where there is none, it begins. */
  RESUME,

  /**
   * It begins, whatever the folder holds: results and checkpoints of the run before are removed
   * when everything that the new one needs has been found in order, just before its first step.
   */
  RESTART
}
