package dev.slipway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.github.luben.zstd.ZstdInputStream;
import dev.slipway.oci.Digest;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/**
 * Runs the cases of a parity folder, in which each has a command, its input and what the original
 * wrote, and says where the output differs. The folder is named by the property {@code
 * slipway.parity}; without one there is nothing to compare with, which a continuous integration
 * does not accept.
 */
@TestInstance(Lifecycle.PER_CLASS)
class ParityIT {
  /** The families whose functions exist. */
  private static final List<String> FAMILIES =
      List.of("stream", "layered", "buildImage", "merge", "export", "fakeroot", "runAsRoot");

  @TempDir static Path work;

  @TestFactory
  List<DynamicTest> cases() throws Exception {
    String folder = System.getProperty("slipway.parity", "");
    if (folder.isEmpty()) {
      if ("true".equals(System.getenv("CI"))) {
        fail("the property slipway.parity does not name the parity folder");
      }
      throw new TestAbortedException("no parity folder: set the property slipway.parity");
    }
    Path parity = Path.of(folder);
    List<DynamicTest> tests = new ArrayList<>(sums(parity.resolve("tarsum")));
    Path root = Files.createDirectory(work.resolve("root"));
    run(
        work,
        work.resolve("unpack.out"),
        "sh",
        "-c",
        "zstd -dc \"$1\" | tar -C \"$2\" -xpf -",
        "sh",
        parity.resolve("store.tar.zst").toString(),
        root.toString());
    for (String family : FAMILIES) {
      try (var cases = Files.list(parity.resolve("cases").resolve(family))) {
        for (Path folderOfCase : cases.sorted().toList()) {
          String name = family + "/" + folderOfCase.getFileName();
          tests.add(dynamicTest(name, () -> check(name, folderOfCase, root)));
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests;
  }

  /** A test for each tar whose tarsum is known. */
  private static List<DynamicTest> sums(Path folder) throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("sums.txt"))) {
      String sum = line.substring(0, line.indexOf(' '));
      String tar = line.substring(line.lastIndexOf(' ') + 1);
      Path input = folder.resolve(tar + ".zst");
      tests.add(dynamicTest("tarsum/" + tar, () -> checkSum(input, sum)));
    }
    return tests;
  }

  private static void checkSum(Path input, String sum) throws Exception {
    Path out = work.resolve("sum");
    String slipway = Path.of("slipway").toAbsolutePath().toString();
    Outcome outcome =
        run(
            work,
            out,
            "sh",
            "-c",
            "zstd -dc \"$1\" | \"$2\" tarsum",
            "sh",
            input.toString(),
            slipway);
    assertThat(outcome.errors()).isEmpty();
    assertThat(out).hasContent(sum);
  }

  private static void check(String name, Path folder, Path root) throws Exception {
    JsonObject spec = read(folder.resolve("expected.json"));
    JsonObject expected = object(spec.get("expect"));
    Path out = work.resolve(name.replace('/', '-') + ".out");
    List<String> command = new ArrayList<>(List.of(Path.of("slipway").toAbsolutePath().toString()));
    command.addAll(strings(spec.get("command")));
    command.addAll(List.of("--store", "local?root=" + root, "--quiet"));
    boolean build = command.get(1).equals("build");
    if (build) {
      command.addAll(List.of("-o", out.toString()));
    }
    Path output = build ? work.resolve("stdout") : out;
    Outcome outcome = run(folder, output, command.toArray(String[]::new));
    if (expected.get("error") != null) {
      assertThat(outcome.status()).isIn(1, 2);
      assertThat(outcome.errors().lines().toList()).hasSize(1);
      assertThat(build && Files.exists(out)).as("an output was left behind").isFalse();
      return;
    }
    assertThat(outcome.status()).as(outcome.errors()).isZero();
    List<String> differences = new ArrayList<>();
    if (expected.get("diffIds") != null || expected.get("configDigest") != null) {
      compareDocuments(out, expected, differences);
    }
    JsonValue tar = expected.get("tarSha256");
    if (tar instanceof JsonString digest && !digest(plain(out)).equals(digest.value())) {
      differences.add("the archive's digest is not " + digest.value());
    }
    Path whole = folder.resolve("expected.tar.zst");
    if (!differences.isEmpty() && Files.exists(whole)) {
      differences.add(firstDifference(out, whole));
    }
    assertThat(differences).isEmpty();
    Files.delete(out);
  }

  /** Compares what an archive's documents say, and its layers with their diff IDs. */
  private static void compareDocuments(Path out, JsonObject expected, List<String> differences)
      throws IOException {
    Map<String, byte[]> documents = new LinkedHashMap<>();
    Map<String, String> sums = new LinkedHashMap<>();
    try (TarArchiveInputStream tar = new TarArchiveInputStream(plain(out))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.getName().endsWith(".json")) {
          documents.put(entry.getName(), tar.readAllBytes());
        } else if (entry.isFile()) {
          sums.put(entry.getName(), digest(tar));
        }
      }
    }
    JsonArray manifests = (JsonArray) parse(documents.get("manifest.json"));
    JsonObject manifest = object(manifests.elements().getFirst());
    byte[] raw = documents.get(((JsonString) manifest.get("Config")).value());
    JsonObject config = object(parse(raw));
    List<String> diffIds = strings(object(config.get("rootfs")).get("diff_ids"));
    List<String> layers = strings(manifest.get("Layers"));
    assertThat(layers).hasSameSizeAs(diffIds);
    for (int i = 0; i < layers.size(); i++) {
      assertThat("sha256:" + sums.get(layers.get(i))).as(layers.get(i)).isEqualTo(diffIds.get(i));
    }
    if (expected.get("diffIds") != null && !diffIds.equals(strings(expected.get("diffIds")))) {
      differences.add("diff IDs " + diffIds + " for " + strings(expected.get("diffIds")));
    }
    if (expected.get("configDigest") instanceof JsonString digest
        && !Digest.of(raw).toString().equals(digest.value())) {
      differences.add("the config's digest is not " + digest.value());
    }
    if (expected.get("repoTags") != null
        && !strings(manifest.get("RepoTags")).equals(strings(expected.get("repoTags")))) {
      differences.add("tags " + manifest.get("RepoTags"));
    }
    JsonArray history = (JsonArray) config.get("history");
    if (expected.get("historyComments") instanceof JsonArray comments) {
      List<JsonValue> found = new ArrayList<>();
      for (JsonValue entry : history.elements().subList(0, history.elements().size() - 1)) {
        found.add(object(entry).get("comment"));
      }
      if (!found.equals(comments.elements())) {
        differences.add("history comments " + found + " for " + comments.elements());
      }
    }
    if (expected.get("configWithoutHistory") instanceof JsonObject wanted) {
      Map<String, JsonValue> found = new LinkedHashMap<>(config.members());
      found.remove("history");
      if (!found.equals(wanted.members())) {
        differences.add("config " + found + " for " + wanted.members());
      }
    }
  }

  /** The first offset at which two archives differ, with the entries that it lies in. */
  private static String firstDifference(Path found, Path wanted) throws IOException {
    Path a = Files.createTempFile(work, "found", ".tar");
    Path b = Files.createTempFile(work, "wanted", ".tar");
    try (InputStream one = plain(found);
        InputStream two = plain(wanted)) {
      Files.write(a, one.readAllBytes());
      Files.write(b, two.readAllBytes());
    }
    long offset = Files.mismatch(a, b);
    if (offset < 0) {
      return "the archives are equal byte for byte";
    }
    StringBuilder where =
        new StringBuilder("first difference at byte " + offset + " of the archive");
    byte[] archive = Files.readAllBytes(b);
    while (true) {
      TarArchiveEntry entry = entryAt(archive, offset);
      if (entry == null) {
        return where.append(", behind its last entry").toString();
      }
      if (offset < entry.getDataOffset()) {
        return where.append(", in the header of ").append(entry.getName()).toString();
      }
      offset -= entry.getDataOffset();
      where.append(", at byte ").append(offset).append(" of ").append(entry.getName());
      if (!entry.getName().endsWith("layer.tar")) {
        return where.toString();
      }
      int start = (int) entry.getDataOffset();
      archive = java.util.Arrays.copyOfRange(archive, start, start + (int) entry.getSize());
    }
  }

  private static TarArchiveEntry entryAt(byte[] archive, long offset) throws IOException {
    try (TarFile tar = new TarFile(archive)) {
      for (TarArchiveEntry entry : tar.getEntries()) {
        if (offset < entry.getDataOffset() + entry.getSize()) {
          return entry;
        }
      }
    }
    return null;
  }

  private record Outcome(int status, String errors) {}

  private static Outcome run(Path folder, Path output, String... command) throws Exception {
    Path errors = Files.createTempFile(work, "run", ".err");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("XDG_CACHE_HOME", work.resolve("cache").toString());
    builder.environment().put("XDG_DATA_HOME", work.resolve("data").toString());
    builder.environment().remove("SOURCE_DATE_EPOCH");
    Process process =
        builder.redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
    process.getOutputStream().close();
    if (!process.waitFor(10, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      fail(String.join(" ", command) + " did not end");
    }
    return new Outcome(process.exitValue(), Files.readString(errors));
  }

  private static InputStream plain(Path file) throws IOException {
    BufferedInputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    in.mark(4);
    int first = in.read();
    int second = in.read();
    in.reset();
    if (first == 0x1f && second == 0x8b) {
      return new GZIPInputStream(in);
    }
    return first == 0x28 && second == 0xb5 ? new ZstdInputStream(in) : in;
  }

  private static String digest(InputStream in) throws IOException {
    MessageDigest sha256 = Digest.sha256();
    new DigestInputStream(in, sha256).transferTo(java.io.OutputStream.nullOutputStream());
    return Digest.ofBytes(sha256.digest()).hex();
  }

  private static JsonObject read(Path file) throws IOException {
    return object(parse(Files.readAllBytes(file)));
  }

  private static JsonValue parse(byte[] document) throws IOException {
    return Json.parse(document, "document", JsonLimits.FOREIGN);
  }

  private static JsonObject object(JsonValue value) {
    return (JsonObject) value;
  }

  private static List<String> strings(JsonValue value) {
    return ((JsonArray) value).elements().stream().map(e -> ((JsonString) e).value()).toList();
  }
}
