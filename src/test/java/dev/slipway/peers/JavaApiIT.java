package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.files.os.FileTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the library's use is a project of its own that builds and does what it says. */
class JavaApiIT {
  private static final Pattern SHELL_BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
  private static final Pattern VERSION =
      Pattern.compile("<artifactId>slipway</artifactId>\\s*<version>(.*?)</version>");

  @TempDir private Path folder;

  /** Before the folder around it goes: its links lead to what is not the test's. */
  @AfterEach
  void deleteRepository() throws IOException {
    FileTree.delete(folder.resolve("repository"));
  }

  @Test
  void theExampleBuildsTheImageThatTheToolBuilds() throws Exception {
    Path checkout = Files.createDirectory(folder.resolve("checkout"));
    Programs.run(Slipway.CHECKOUT, "cp", "-R", "examples", checkout.toString());
    Path example = checkout.resolve("examples/java-api");
    Matcher block = SHELL_BLOCK.matcher(Files.readString(example.resolve("README.md")));
    assertThat(block.find()).isTrue();
    String[] commands = block.group(1).split("\n", -1);
    assertThat(commands[0]).isEqualTo("mvn -q install -Dmaven.test.skip");
    Path repository = install();

    String printed =
        Programs.run(
            checkout,
            "sh",
            "-c",
            commands[1].replace("mvn ", "mvn '-Dmaven.repo.local=" + repository + "' "));

    Slipway slipway = Slipway.in(folder.resolve("home"));
    Document built =
        slipway
            .json(
                "build", "hello", "-f", checkout.resolve("examples/hello/slipway.yaml").toString())
            .at(0);
    // Maven has things of its own to say.
    assertThat(printed.lines()).contains("hello:latest is " + built.at("configDigest").text());
    assertThat(example.resolve("hello.tar.gz"))
        .hasSameBinaryContentAs(slipway.home().resolve("hello.tar.gz"));
  }

  /** The module exports what the example needs. */
  @Test
  void theExampleMayBeAModule() throws Exception {
    Path jdk = Path.of(System.getProperty("java.home"), "bin");
    Path descriptor =
        Files.writeString(
            folder.resolve("module-info.java"), "module com.example { requires dev.slipway; }\n");
    Path classes = folder.resolve("classes");
    String slipway = Slipway.CHECKOUT.resolve("target/slipway.jar") + ":";
    String modules = slipway + Slipway.CHECKOUT.resolve("target/lib");
    Path source = Path.of("examples/java-api/src/main/java/com/example/ImageBuilder.java");

    String warnings =
        Programs.run(
            jdk.resolve("javac").toString(),
            "-Xlint:all",
            "-d",
            classes.toString(),
            "--module-path",
            modules,
            descriptor.toString(),
            source.toString());
    String printed =
        Programs.run(
            folder,
            jdk.resolve("java").toString(),
            "--enable-native-access=dev.slipway,org.xerial.sqlitejdbc",
            "--module-path",
            classes + ":" + modules,
            "--module",
            "com.example/com.example.ImageBuilder",
            Slipway.CHECKOUT.resolve("examples/hello/rootfs").toString(),
            "hello.tar.gz");

    assertThat(warnings).isEmpty();
    assertThat(printed).startsWith("hello:latest is sha256:");
    assertThat(folder.resolve("hello.tar.gz")).isNotEmptyFile();
  }

  /**
   * What the first command does, but into a repository of its own, which has everything else from
   * the real one: what is tested may not be what the user has installed.
   */
  private Path install() throws IOException {
    Path real = Path.of(System.getProperty("slipway.localRepository"));
    Path repository = Files.createDirectory(folder.resolve("repository"));
    link(real, repository, "dev");
    Path group = Files.createDirectory(repository.resolve("dev"));
    if (Files.isDirectory(real.resolve("dev"))) {
      link(real.resolve("dev"), group, "slipway");
    }
    String project = Files.readString(Slipway.CHECKOUT.resolve("pom.xml"));
    Matcher version = VERSION.matcher(project);
    assertThat(version.find()).isTrue();
    Path artifact =
        Files.createDirectories(group.resolve("slipway/slipway").resolve(version.group(1)));
    String name = "slipway-" + version.group(1);
    Files.writeString(artifact.resolve(name + ".pom"), project);
    Files.copy(Slipway.CHECKOUT.resolve("target/slipway.jar"), artifact.resolve(name + ".jar"));
    return repository;
  }

  private static void link(Path real, Path repository, String but) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(real)) {
      for (Path entry : entries) {
        if (!entry.getFileName().toString().equals(but)) {
          Files.createSymbolicLink(repository.resolve(entry.getFileName()), entry);
        }
      }
    }
  }
}
