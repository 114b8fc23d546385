package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.routing.Task;

/** The tasks of the papers' tables, by which published counts are checked. */
public final class PublishedTasks {
  /** The four of PASCAL-Context, with the numbers of their outputs. */
  public static final ImmutableList<Task> PASCAL =
      ImmutableList.of(
          new Task("semseg", 21),
          new Task("human_parts", 7),
          new Task("sal", 1),
          new Task("normals", 3));

  private PublishedTasks() {}
}
