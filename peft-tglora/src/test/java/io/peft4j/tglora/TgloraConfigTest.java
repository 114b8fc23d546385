package io.peft4j.tglora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.testkit.OptionText;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options of TGLoRA as a user types them. */
class TgloraConfigTest {
  private static final MethodDescriptor TGLORA = MethodRegistry.discover().get("tglora");

  @Test
  void defaultsAreThoseOfThePaper() {
    TgloraConfig config = configure("");
    assertEquals(64, config.rank());
    assertEquals(16, config.lastStageRank());
    assertEquals(List.of("progressive"), config.groups());
    assertEquals(4, config.factor(16));
    assertEquals(0.05, config.dropout());
    assertEquals(List.of("attn+mlp"), config.targets());
  }

  @Test
  void alphaIsDividedByTheRankOfTheGroup() {
    assertEquals(0.5, configure("alpha=8").factor(16));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "rank=0; rank 0 must be at least 1",
        "lastStageRank=-1; lastStageRank -1 must be at least 1, or 0",
        "scale=0; scale 0.0 must be positive",
        "alpha=-1; alpha -1.0 must be positive, or 0 for scale",
        "dropout=1; dropout 1.0 must lie in [0, 1)",
        "groups=3,2; groups [3, 2]: stage 1 has 2 groups, stage 0 before it 3; groups may only",
        "groups=0,2; stage 0 has 0 groups, but at least 1 is needed",
        "groups=1,all; mixes numbers and names; write all for 1 group",
        "groups=1,auto; progressive and auto stand alone",
        "groups=a+/b; 'a+/b' has an empty group or task",
        "groups=a//b; 'a//b' has an empty group or task",
        "groups=; groups is empty",
        "groups=auto; groups=auto needs similarity (or similarityFile) and budget",
        "groups=auto similarity=a+b=0.1; groups=auto needs similarity",
        "budget=macs=5; budget is for groups=auto",
        "budget=mac=5; budget: 'mac' is no cost; did you mean 'macs'?",
        "budget=macs=0; budget macs=0.0 must be positive",
        "budget=macs=1,params=1; give macs or params, not both",
        "similarity=a+b=0.1 similarityFile=x.csv; both given; drop one",
        "similarityFile=none.csv; similarity file none.csv does not exist",
        "unfreeze=norm; option unfreeze: 'norm' is not one of",
        "group=1; unknown option 'group'; did you mean 'groups'?",
      })
  void valuesOutOfRangeAreRefused(String options, String message) {
    InputException error = assertThrows(InputException.class, () -> configure(options));
    assertTrue(error.getMessage().startsWith("method tglora: "), error.getMessage());
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  private static TgloraConfig configure(String options) {
    return (TgloraConfig) TGLORA.configure(OptionText.parse(options));
  }
}
