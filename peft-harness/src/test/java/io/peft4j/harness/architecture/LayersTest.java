package io.peft4j.harness.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.theClass;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.peft4j.backbones.build.Blueprint;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.safetensors.SafetensorsFile;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.Peft;
import io.peft4j.graph.natives.NativeSetup;
import io.peft4j.harness.cli.Main;
import io.peft4j.harness.data.DataSources;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The directions of docs/architecture.md: dependencies point one way. */
class LayersTest {
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.peft4j");

  private static final String API = "io.peft4j.api..";
  private static final String GRAPH = "io.peft4j.graph..";
  private static final String GROUPING = "io.peft4j.grouping..";
  private static final String BACKBONES = "io.peft4j.backbones..";
  private static final String ADAPTERS = "io.peft4j.adapters..";
  private static final String HARNESS = "io.peft4j.harness..";
  private static final String CLI = "io.peft4j.harness.cli..";
  private static final String[] METHODS = {
    "io.peft4j.lora..",
    "io.peft4j.mtlora..",
    "io.peft4j.tglora..",
    "io.peft4j.ditask..",
    "io.peft4j.baselines.."
  };

  private static void check(ArchRule rule) {
    rule.check(PRODUCT);
  }

  @Test
  void apiStandsAtTheBottom() {
    check(
        noClasses()
            .that()
            .resideInAPackage(API)
            .should()
            .dependOnClassesThat(resideInAPackage("io.peft4j..").and(not(resideInAPackage(API)))));
  }

  @Test
  void graphUsesApiAlone() {
    check(
        noClasses()
            .that()
            .resideInAPackage(GRAPH)
            .should()
            .dependOnClassesThat(
                resideInAPackage("io.peft4j..").and(not(resideInAnyPackage(API, GRAPH)))));
  }

  @Test
  void groupingUsesApiAlone() {
    check(
        noClasses()
            .that()
            .resideInAPackage(GROUPING)
            .should()
            .dependOnClassesThat(
                resideInAPackage("io.peft4j..").and(not(resideInAnyPackage(API, GROUPING)))));
  }

  @Test
  void backbonesKnowNoMethodAndNoHarness() {
    check(
        noClasses()
            .that()
            .resideInAPackage(BACKBONES)
            .should()
            .dependOnClassesThat(
                resideInAPackage("io.peft4j..")
                    .and(not(resideInAnyPackage(API, GRAPH, BACKBONES)))));
  }

  @Test
  void adaptersKnowNoMethodAndNoHarness() {
    check(
        noClasses()
            .that()
            .resideInAPackage(ADAPTERS)
            .should()
            .dependOnClassesThat(
                resideInAPackage("io.peft4j..")
                    .and(not(resideInAnyPackage(API, GRAPH, BACKBONES, ADAPTERS)))));
  }

  @Test
  void methodsCompileAgainstApiAlone() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(METHODS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(GRAPH, BACKBONES, ADAPTERS, HARNESS));
  }

  @Test
  void onlyTgloraUsesGrouping() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(METHODS)
            .and()
            .resideOutsideOfPackage("io.peft4j.tglora..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(GROUPING));
  }

  @Test
  void harnessSeesMethodsOnlyThroughTheSpi() {
    check(
        noClasses()
            .that()
            .resideInAPackage(HARNESS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(METHODS));
  }

  @Test
  void nothingDependsOnTheCommand() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CLI));
  }

  @Test
  void onlyGraphKnowsTheEngine() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(GRAPH)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.nd4j.autodiff.samediff.internal..",
                "org.nd4j.autodiff.samediff.serde..",
                "org.nd4j.autodiff.functions..",
                "org.nd4j.autodiff.listeners..")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("org.nd4j.linalg.api.ops.OpContext")
            .orShould()
            .callMethod(
                org.nd4j.autodiff.samediff.SameDiff.class, "createGradFunction", String[].class));
  }

  /** Natives read their settings when they load, so every door that may load them comes second. */
  @Test
  void everyDoorToNd4jPreparesItsNatives() {
    for (Class<?> door :
        List.of(
            Peft.class,
            GraphExecutors.class,
            Blueprint.class,
            WeightSource.class,
            Safetensors.class,
            SafetensorsFile.class,
            DataSources.class,
            Main.class)) {
      check(theClass(door).should().callMethod(NativeSetup.class, "prepare"));
    }
  }

  @Test
  void onlyTheCommandSpeaksToTheTerminal() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(CLI, "io.peft4j.graph.exec..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err"));
  }

  @Test
  void packagesOfTheApiHaveNoCycles() {
    check(slices().matching("io.peft4j.api.(*)..").should().beFreeOfCycles());
  }

  @Test
  void packagesOfTheAdaptersHaveNoCycles() {
    check(slices().matching("io.peft4j.adapters.(*)..").should().beFreeOfCycles());
  }

  @Test
  void packagesOfTheHarnessHaveNoCycles() {
    check(slices().matching("io.peft4j.harness.(*)..").should().beFreeOfCycles());
  }

  @Test
  void packagesOfTheGraphHaveNoCycles() {
    check(slices().matching("io.peft4j.graph.(*)..").should().beFreeOfCycles());
  }

  @Test
  void everyPackageIsNullMarked() {
    check(
        classes()
            .that()
            .resideInAPackage("io.peft4j..")
            .should(
                new ArchCondition<JavaClass>("be in a @NullMarked package") {
                  @Override
                  public void check(JavaClass type, ConditionEvents events) {
                    boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                    events.add(
                        new SimpleConditionEvent(
                            type, marked, type.getFullName() + ": no @NullMarked package-info"));
                  }
                }));
  }
}
