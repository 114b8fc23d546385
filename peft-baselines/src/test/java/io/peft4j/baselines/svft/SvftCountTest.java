package io.peft4j.baselines.svft;

import io.peft4j.baselines.Published;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers counted from the authors' class on Swin-Tiny, and settings that do not fit it. */
class SvftCountTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "pattern=plain; 17712", // 17,664 entries and 48 gates
        "pattern=banded offDiagonals=1; 52944",
        "pattern=random offDiagonals=2; 88080",
        "pattern=top-k offDiagonals=4; 158064",
        "pattern=banded offDiagonals=8; 296880",
        "pattern=banded offDiagonals=16; 569904",
        "pattern=plain perTask=true; 70848",
        "targets=layers.0.blocks.0.attn.proj; 97",
        "targets=layers.0.blocks.0.attn.proj pattern=top-k offDiagonals=2; 475",
        "targets=layers.0.blocks.0.attn.proj pattern=random offDiagonals=8; 1561",
        "targets=layers.0.blocks.0.attn.proj rank=10; 11",
        "targets=layers.0.blocks.0.attn.proj rank=10 tail=fill; 97",
        "targets=layers.0.blocks.0.attn.proj rank=100; 97",
      })
  void numbersOnSwinTiny(String options, long numbers) {
    Published.assertTrains(numbers, "swin-tiny", "svft", options);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "pattern=banded offDiagonals=96; offDiagonals 96 is too large for site"
            + " layers.0.blocks.0.attn.qkv, whose M is 96 x 96: at most 95",
        "pattern=banded offDiagonals=4 rank=4; whose M is 4 x 4: at most 3",
        "pattern=top-k rank=4; top-k compares all singular vectors",
        "targets=kqv; did you mean 'qkv'?",
      })
  void whatDoesNotFitIsRefused(String options, String message) {
    Published.assertRefused(message, "svft", options);
  }
}
