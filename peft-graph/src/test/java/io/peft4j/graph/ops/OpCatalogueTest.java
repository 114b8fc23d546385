package io.peft4j.graph.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.imports.converters.DifferentialFunctionClassHolder;

/** The catalogue speaks of operations that SameDiff has, by the classes it has for them. */
class OpCatalogueTest {
  private static final DifferentialFunctionClassHolder SAMEDIFF =
      DifferentialFunctionClassHolder.getInstance();

  @Test
  void entriesAreOfTheRegisteredClass() {
    for (String name : OpCatalogue.names()) {
      DifferentialFunction registered = SAMEDIFF.getInstance(name);
      assertEquals(registered.getClass(), OpCatalogue.find(name).type(), name);
      assertTrue(OpCatalogue.isAudited(registered), name);
    }
  }

  @Test
  void replacementsAreForOperationsOutsideTheCatalogue() {
    for (String name : OpCatalogue.replaced()) {
      assertTrue(SAMEDIFF.hasName(name), name + " is no operation of SameDiff");
      assertFalse(OpCatalogue.names().contains(name), name);
    }
  }

  @Test
  void replacementsAreNamed() {
    assertEquals("use Ops.lookup", OpCatalogue.replacement("gather"));
    assertEquals("use Emit.dropout", OpCatalogue.replacement("alpha_dropout"));
    assertEquals("use Ops.resizeBilinear", OpCatalogue.replacement("resize_bicubic"));
    for (String loss : Set.of("huber_loss", "mean_sqerr_loss", "sigm_cross_entropy_loss")) {
      assertTrue(OpCatalogue.replacement(loss).contains("compose the loss"), loss);
    }
    assertTrue(OpCatalogue.replacement("unheard_of").contains("Ops"));
  }
}
