package io.peft4j.graph.plan.batch;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * An order of instructions in which those of a group stand together: the old order, but that a
 * group waits for the last of its members. Whatever reads or writes a buffer keeps its turn, so
 * that results are the same to the bit.
 */
final class Schedule {
  private final List<Instruction> all;
  private final List<List<Integer>> successors = new ArrayList<>();
  private final int[] pending;
  private final @Nullable Group[] groups;
  private final PriorityQueue<Integer> ready = new PriorityQueue<>();
  private final List<List<Instruction>> order = new ArrayList<>();
  private int done;

  private static final class Group {
    final List<Integer> members;
    int missing;

    Group(List<Integer> members) {
      this.members = members;
      missing = members.size();
    }
  }

  private Schedule(List<Instruction> all, List<List<Integer>> groups) {
    this.all = all;
    this.pending = new int[all.size()];
    this.groups = new Group[all.size()];
    for (List<Integer> members : groups) {
      Group group = new Group(members);
      members.forEach(i -> this.groups[i] = group);
    }
    findDependencies();
  }

  /**
   * Orders instructions.
   *
   * @param groups positions of the members of each group, ascending
   * @return one instruction, or the members of a group that could stand together
   */
  static List<List<Instruction>> of(List<Instruction> all, List<List<Integer>> groups) {
    Schedule schedule = new Schedule(all, groups);
    schedule.run();
    return schedule.order;
  }

  private void findDependencies() {
    Map<Root, Integer> writer = new HashMap<>();
    Map<Root, List<Integer>> readers = new HashMap<>();
    for (int i = 0; i < all.size(); i++) {
      successors.add(new ArrayList<>());
      for (Value input : all.get(i).inputs()) {
        depend(i, writer.get(input.root()));
        readers.computeIfAbsent(input.root(), r -> new ArrayList<>()).add(i);
      }
      for (Value output : all.get(i).outputs()) {
        depend(i, writer.put(output.root(), i));
        List<Integer> before = readers.remove(output.root());
        if (before != null) {
          for (int reader : before) {
            depend(i, reader);
          }
        }
      }
    }
  }

  private void depend(int later, @Nullable Integer earlier) {
    if (earlier != null && earlier != later) {
      successors.get(earlier).add(later);
      pending[later]++;
    }
  }

  private void run() {
    for (int i = 0; i < all.size(); i++) {
      if (pending[i] == 0) {
        arrive(i);
      }
    }
    int firstWaiting = 0;
    while (done < all.size()) {
      Integer next = ready.poll();
      if (next != null) {
        emit(next);
        continue;
      }
      // Groups wait for each other: the first one that waits is given up.
      while (pending[firstWaiting] < 0 || groups[firstWaiting] == null) {
        firstWaiting++;
      }
      dissolve(firstWaiting);
    }
  }

  /** All that an instruction depends on is done. */
  private void arrive(int i) {
    Group group = groups[i];
    if (group == null) {
      ready.add(i);
    } else if (--group.missing == 0) {
      ready.add(group.members.get(0));
    }
  }

  private void emit(int first) {
    Group group = groups[first];
    List<Integer> members = group == null ? List.of(first) : group.members;
    order.add(members.stream().map(all::get).toList());
    members.forEach(i -> pending[i] = -1);
    done += members.size();
    for (int member : members) {
      for (int successor : successors.get(member)) {
        if (--pending[successor] == 0) {
          arrive(successor);
        }
      }
    }
  }

  private void dissolve(int member) {
    List<Integer> members = Objects.requireNonNull(groups[member]).members;
    for (int i : members) {
      groups[i] = null;
    }
    for (int i : members) {
      if (pending[i] == 0) {
        ready.add(i);
      }
    }
  }
}
