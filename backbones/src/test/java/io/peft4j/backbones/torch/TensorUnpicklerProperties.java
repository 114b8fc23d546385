package io.peft4j.backbones.torch;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.peft4j.api.InputException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Law: any sequence of instructions is unpickled or refused with our exception, in memory that its
 * length justifies. Most instructions here are allowed ones, so that sequences get far.
 */
class TensorUnpicklerProperties {
  private static final int PICKLES = Boolean.getBoolean("peft.long") ? 40 : 4;
  private static final long ALLOWANCE = 1 << 17;
  private static final long BYTES_PER_BYTE = 400;
  private static final ThreadMXBean THREAD = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Instructions with their arguments; what ends in a name is refused or made. */
  private static final String[] PIECES = {
    "(",
    "0",
    "1",
    "2",
    "N",
    "\\x88",
    "\\x89",
    "K\\x01",
    "K\\x00",
    "M\\x00\\x01",
    "J\\xff\\xff\\xff\\x7f",
    "J\\xff\\xff\\xff\\xff",
    "G\\x7f\\xf8\\x00\\x00\\x00\\x00\\x00\\x00",
    "\\x8a\\x08\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x7f",
    "\\x8a\\x00",
    "X\\x01\\x00\\x00\\x00a",
    "X\\x07\\x00\\x00\\x00storage",
    "U\\x010",
    "\\x8c\\x05model",
    ")",
    "t",
    "\\x85",
    "\\x86",
    "\\x87",
    "]",
    "a",
    "e",
    "}",
    "s",
    "u",
    "q\\x00",
    "q\\x01",
    "r\\xff\\xff\\xff\\x7f",
    "\\x94",
    "h\\x00",
    "h\\x01",
    "j\\x01\\x00\\x00\\x00",
    "ctorch\nFloatStorage\n",
    "ctorch\nSize\n",
    "ccollections\nOrderedDict\n",
    "ctorch._utils\n_rebuild_tensor_v2\n",
    "cyacs.config\nCfgNode\n",
    "R",
    "\\x81",
    "b",
    "Q",
    "(X\\x07\\x00\\x00\\x00storagectorch\nLongStorage\nU\\x010U\\x03cpuK\\x08tQ",
    "\\x95\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00",
    "\\x80\\x02",
    ".",
    "I1\n",
    "\\x8f",
    "cos\nsystem\n",
    "cbuiltins\nset\n",
    "ccollections\ndefaultdict\n",
    "ctorch._utils\n_rebuild_tensor_v3\n",
    "ctorch._utils\n_rebuild_parameter\n",
    "ctorch._tensor\n_rebuild_from_type_v2\n",
    "ios\nsystem\n",
    "o",
    "d",
    "l",
    "\\x90",
    "\\x91",
    "\\x92",
    "\\x82\\x01",
    "P1\n",
    "p1\n",
    "g1\n",
    "L1L\n",
    "F1.5\n",
    "S'a'\n",
    "Va\n",
    "\\x8b\\x01\\x00\\x00\\x00\\x01",
    "\\x8e\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00a",
    "\\x96\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00a",
    "\\x97",
  };

  @Property(tries = 250)
  void anyInstructionsEndWell(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < PICKLES; i++) {
      byte[] pickle = pickle(random);
      String which = "seed %d, pickle %d".formatted(seed, i);
      long start = THREAD.getCurrentThreadAllocatedBytes();
      try {
        PickleInput input =
            new PickleInput(new ByteArrayInputStream(pickle), pickle.length, "the pickle");
        StateDict.in(TensorUnpickler.load(input, "the pickle").object(), "the pickle");
      } catch (InputException e) {
        assertTrue(e.getMessage().startsWith("the pickle: "), which + ": " + e.getMessage());
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
        throw new AssertionError(which + ": " + e, e);
      }
      long used = THREAD.getCurrentThreadAllocatedBytes() - start;
      assertTrue(
          used <= ALLOWANCE + BYTES_PER_BYTE * pickle.length,
          "%s: %d bytes of heap for %d".formatted(which, used, pickle.length));
    }
  }

  private static byte[] pickle(SplittableRandom random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    // A stack that is not empty at once, and two things to get.
    out.writeBytes(Pickles.bytes("}q\\x00X\\x05\\x00\\x00\\x00model(]q\\x01(KK"));
    for (int i = random.nextInt(60); i > 0; i--) {
      out.writeBytes(Pickles.bytes(PIECES[random.nextInt(PIECES.length)]));
    }
    // Closes what a whole pickle would, where the stack happens to fit.
    out.writeBytes(Pickles.bytes("tus."));
    return out.toByteArray();
  }
}
