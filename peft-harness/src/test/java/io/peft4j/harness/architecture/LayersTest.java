package io.peft4j.harness.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;

/** The directions of docs/architecture.md: dependencies point one way. */
@AnalyzeClasses(packages = "io.peft4j", importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
  private static final String API = "io.peft4j.api..";
  private static final String GRAPH = "io.peft4j.graph..";
  private static final String BACKBONES = "io.peft4j.backbones..";
  private static final String HARNESS = "io.peft4j.harness..";
  private static final String CLI = "io.peft4j.harness.cli..";
  private static final String[] METHODS = {"io.peft4j.lora..", "io.peft4j.baselines.."};

  @ArchTest
  static final ArchRule apiStandsAtTheBottom =
      noClasses()
          .that()
          .resideInAPackage(API)
          .should()
          .dependOnClassesThat(resideInAPackage("io.peft4j..").and(not(resideInAPackage(API))));

  @ArchTest
  static final ArchRule graphUsesApiAlone =
      noClasses()
          .that()
          .resideInAPackage(GRAPH)
          .should()
          .dependOnClassesThat(
              resideInAPackage("io.peft4j..").and(not(resideInAnyPackage(API, GRAPH))));

  @ArchTest
  static final ArchRule backbonesKnowNoMethodAndNoHarness =
      noClasses()
          .that()
          .resideInAPackage(BACKBONES)
          .should()
          .dependOnClassesThat(
              resideInAPackage("io.peft4j..").and(not(resideInAnyPackage(API, GRAPH, BACKBONES))));

  @ArchTest
  static final ArchRule methodsCompileAgainstApiAlone =
      noClasses()
          .that()
          .resideInAnyPackage(METHODS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(GRAPH, BACKBONES, HARNESS);

  @ArchTest
  static final ArchRule harnessSeesMethodsOnlyThroughTheSpi =
      noClasses()
          .that()
          .resideInAPackage(HARNESS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(METHODS);

  @ArchTest
  static final ArchRule nothingDependsOnTheCommand =
      noClasses()
          .that()
          .resideOutsideOfPackage(CLI)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(CLI);

  @ArchTest
  static final ArchRule onlyGraphKnowsTheEngine =
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
              org.nd4j.autodiff.samediff.SameDiff.class, "createGradFunction", String[].class);

  @ArchTest
  static final ArchRule onlyTheCommandSpeaksToTheTerminal =
      noClasses()
          .that()
          .resideOutsideOfPackages(CLI, "io.peft4j.graph.exec..")
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  @ArchTest
  static final ArchRule packagesOfTheApiHaveNoCycles =
      slices().matching("io.peft4j.api.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule packagesOfTheHarnessHaveNoCycles =
      slices().matching("io.peft4j.harness.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule packagesOfTheGraphHaveNoCycles =
      slices().matching("io.peft4j.graph.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule everyPackageIsNullMarked =
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
              });
}
