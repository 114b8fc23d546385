package io.peft4j.backbones.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.files.CheckpointFiles;
import io.peft4j.backbones.safetensors.Safetensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Files written by PyTorch hold for us what they hold for PyTorch, to the bit. */
class TorchFileGoldenTest {
  @ParameterizedTest
  @ValueSource(strings = {"torch_cases_zip.pth", "torch_cases_stream.pth"})
  void everyTypeAndLayoutIsReadToTheBit(String file) {
    Checkpoint checkpoint = CheckpointFiles.open(Golden.file(file));
    Map<String, INDArray> expected = Safetensors.read(Golden.file("torch_cases.safetensors"));
    assertEquals(expected.keySet(), checkpoint.entries().keySet());
    assertTrue(expected.size() >= 20, "cases: " + expected.keySet());
    expected.forEach((name, array) -> assertSame(name, array, checkpoint));
  }

  private static void assertSame(String name, INDArray expected, Checkpoint checkpoint) {
    INDArray read = checkpoint.read(name);
    Checkpoint.Entry entry = checkpoint.entries().get(name);
    assertEquals(expected.dataType(), entry.type().dataType(), name);
    assertEquals(expected.dataType(), read.dataType(), name);
    assertArrayEquals(expected.shape(), entry.shape().toArray(), name);
    assertArrayEquals(expected.shape(), read.shape(), name);
    assertArrayEquals(bits(expected), bits(read), name);
  }

  private static byte[] bits(INDArray array) {
    if (array.isEmpty()) {
      return new byte[0];
    }
    byte[] bits = new byte[Math.toIntExact(array.length() * array.dataType().width())];
    new BytePointer(array.data().addressPointer()).get(bits);
    return bits;
  }

  /** PyTorch's own loader has confirmed the tar archive, see the script that wrote it. */
  @ParameterizedTest
  @ValueSource(strings = {"torch_swin_stream.pth", "torch_swin_tar.pth"})
  void theOlderFormatsHoldTheSameTensors(String file) {
    Checkpoint zip = CheckpointFiles.open(Golden.file("torch_swin_zip.pth"));
    Checkpoint other = CheckpointFiles.open(Golden.file(file));
    assertEquals(zip.entries(), other.entries());
    for (String name : zip.entries().keySet()) {
      assertArrayEquals(bits(zip.read(name)), bits(other.read(name)), name);
    }
  }

  /** Protocol 4, weights under a key, beside what trainers keep: objects of some thirty classes. */
  @Test
  void theModelOfATrainingRunIsFound() {
    Checkpoint whole = CheckpointFiles.open(Golden.file("torch_swin_zip.pth"));
    Checkpoint run = CheckpointFiles.open(Golden.file("torch_swin_training.pth"));
    Map<String, Checkpoint.Entry> found = new HashMap<>(run.entries());
    whole
        .entries()
        .forEach(
            (name, entry) ->
                assertEquals(entry.shape(), found.remove("module." + name).shape(), name));
    assertTrue(found.isEmpty(), "left: " + found.keySet());
    assertEquals(
        List.of(
            "weights taken from under 'model'",
            "not read, since no weights: optimizer, lr_scheduler, max_accuracy, epoch, score, beside,"
                + " config, args"),
        run.remarks());
    for (String name : run.entries().keySet()) {
      assertArrayEquals(
          bits(whole.read(name.substring("module.".length())).castTo(run.read(name).dataType())),
          bits(run.read(name)),
          name);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "torch_module.pth | torch.nn.modules.linear.Linear | state_dict",
        "torch_call.pth | posix.system | state_dict",
        "torch_script.pt | TorchScript | state_dict",
      })
  void whatIsNoTensorIsRefusedByName(String file, String named, String fix) {
    InputException e =
        assertThrows(InputException.class, () -> CheckpointFiles.open(Golden.file(file)));
    assertTrue(e.getMessage().startsWith(Golden.file(file) + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(named), e.getMessage());
    assertTrue(e.getMessage().contains(fix), e.getMessage());
  }
}
