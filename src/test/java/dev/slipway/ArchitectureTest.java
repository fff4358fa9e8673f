package dev.slipway;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Holds the table of imports: a room knows only rooms below it, and nothing but the cli knows the
 * world around the process.
 */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.slipway");

  /** Every room, with the rooms that it may import. */
  private static final Map<String, Set<String>> ROOMS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("files", Set.of()),
              Map.entry("oci", Set.of()),
              Map.entry("http", Set.of("oci", "files")),
              Map.entry("store", Set.of("http", "oci", "files")),
              Map.entry("debian", Set.of("store", "layer", "http", "oci", "files")),
              Map.entry("layering", Set.of("store", "oci", "files")),
              Map.entry("layer", Set.of("oci", "files")),
              Map.entry("registry", Set.of("http", "oci", "files")),
              Map.entry("sandbox", Set.of("layer", "oci", "files")),
              Map.entry("transport", Set.of("registry", "http", "layer", "oci", "files")),
              Map.entry(
                  "build",
                  Set.of("store", "layering", "layer", "sandbox", "transport", "oci", "files")),
              Map.entry(
                  "cli",
                  Set.of(
                      "build",
                      "debian",
                      "store",
                      "layering",
                      "layer",
                      "sandbox",
                      "transport",
                      "http",
                      "oci",
                      "files"))));

  @Test
  void everyClassLivesInARoom() {
    assertThat(CLASSES)
        .isNotEmpty()
        .extracting(ArchitectureTest::roomOf)
        .isSubsetOf(ROOMS.keySet());
  }

  @TestFactory
  Stream<DynamicTest> roomsImportOnlyDownwards() {
    return ROOMS.entrySet().stream()
        .map(room ->
            DynamicTest.dynamicTest(
                room.getKey() + " imports at most " + room.getValue(),
                () -> importsAtMost(room.getKey(), room.getValue())));
  }

  private static void importsAtMost(String room, Set<String> below) {
    String[] allowed =
        Stream.concat(Stream.of(room), below.stream())
            .map(ArchitectureTest::packagesOf)
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage(packagesOf(room))
        .should()
        .onlyDependOnClassesThat(
            not(resideInAPackage("dev.slipway..")).or(resideInAnyPackage(allowed)))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching("dev.slipway.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyTheCliKnowsEnvironmentTerminalAndExitCodes() {
    noClasses()
        .that()
        .resideOutsideOfPackage(packagesOf("cli"))
        .should()
        .accessTargetWhere(
            accessTo(System.class, "getenv", "exit", "console", "in", "out", "err")
                .or(accessTo(Runtime.class, "exit", "halt", "addShutdownHook")))
        .check(CLASSES);
  }

  @Test
  void onlyTheCliReadsTheClock() {
    DescribedPredicate<JavaAccess<?>> now =
        describe(
            "java.time's now() without a clock",
            access ->
                access.getTargetOwner().getPackageName().equals("java.time")
                    && access.getTarget().getName().equals("now")
                    && access.getTarget() instanceof AccessTarget.CodeUnitAccessTarget method
                    && method.getRawParameterTypes().stream()
                        .noneMatch(type -> type.isEquivalentTo(Clock.class)));
    noClasses()
        .that()
        .resideOutsideOfPackage(packagesOf("cli"))
        .should()
        .accessTargetWhere(
            now.or(accessTo(System.class, "currentTimeMillis"))
                .or(accessTo(Clock.class, "systemUTC", "systemDefaultZone", "system")))
        .check(CLASSES);
  }

  @Test
  void theModuleHidesItsInnerRooms() throws IOException, URISyntaxException {
    // The JDK has resources of this name too.
    Path classes =
        Path.of(ImageException.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (InputStream descriptor = Files.newInputStream(classes.resolve("module-info.class"))) {
      assertThat(ModuleDescriptor.read(descriptor).exports())
          .extracting(ModuleDescriptor.Exports::source)
          .containsExactlyInAnyOrder(
              "dev.slipway.build",
              "dev.slipway.files",
              "dev.slipway.http",
              "dev.slipway.layer",
              "dev.slipway.layering",
              "dev.slipway.oci",
              "dev.slipway.sandbox",
              "dev.slipway.store",
              "dev.slipway.transport");
    }
  }

  private static DescribedPredicate<JavaAccess<?>> accessTo(Class<?> owner, String... members) {
    return describe(
        owner.getSimpleName() + " " + List.of(members),
        access ->
            access.getTargetOwner().isEquivalentTo(owner)
                && List.of(members).contains(access.getTarget().getName()));
  }

  private static String roomOf(JavaClass type) {
    return type.getPackageName().replaceFirst("^dev\\.slipway\\.?([^.]*).*", "$1");
  }

  private static String packagesOf(String room) {
    return "dev.slipway." + room + "..";
  }
}
