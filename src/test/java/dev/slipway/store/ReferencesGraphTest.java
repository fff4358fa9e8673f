package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferencesGraphTest {
  private static final String DIR = "/nix/store";
  private static final String A = DIR + "/" + "a".repeat(32) + "-a";
  private static final String B = DIR + "/" + "b".repeat(32) + "-b";
  private static final String DRV = DIR + "/" + "d".repeat(32) + "-a.drv";
  private static final Digest HASH = Digest.of(new byte[0]);

  @TempDir Path folder;

  @Test
  void readsTheTextOfExportReferencesGraph() throws IOException {
    String text = A + "\n" + DRV + "\n2\n" + A + "\n" + B + "\n" + B + "\n\n0\n";

    Closure closure = ReferencesGraph.parseText("graph", new StringReader(text), DIR);

    assertThat(closure)
        .containsExactly(
            info(A, Optional.empty(), Optional.of(DRV), A, B),
            info(B, Optional.empty(), Optional.empty()));
    assertThat(read(text)).containsExactlyElementsOf(closure);
  }

  @Test
  void readsTheRegistrationOfClosureInfo() throws IOException {
    String text =
        (A + "\n" + Hashes.base32(HASH) + "\n120\n\n1\n" + B + "\n")
            + (B + "\n" + HASH + "\n0\n" + DRV + "\n0\n");

    Closure closure = ReferencesGraph.parseRegistration("graph", new StringReader(text), DIR);

    assertThat(closure)
        .containsExactly(
            info(A, Optional.of(120L), Optional.empty(), B),
            info(B, Optional.of(0L), Optional.of(DRV)));
    assertThat(read(text)).containsExactlyElementsOf(closure);
  }

  @Test
  void readsWhatDumpDbWrites() throws IOException {
    String text = A + "\n" + HASH.hex() + "\n120\n" + DRV + "\n0\n";

    assertThat(read(text)).containsExactly(info(A, Optional.of(120L), Optional.of(DRV)));
  }

  @Test
  void readsTheJsonOfExportReferencesGraph() throws IOException {
    String sri = "sha256-" + Base64.getEncoder().encodeToString(HASH.toBytes());
    String text =
        """
        [ { "closureSize": 5, "narHash": "%s", "narSize": 120, "path": "%s",
            "references": ["%s", "%s"], "valid": true, "more": {"a": [1]} },
          { "path": "%s", "references": [], "deriver": "%s", "narHash": "%s", "narSize": 0 } ]
        """
            .formatted(sri, A, A, B, B, DRV, Hashes.base32(HASH));

    Closure closure = ReferencesGraph.parseJson("graph", new StringReader(text), DIR);

    assertThat(closure)
        .containsExactly(
            info(A, Optional.of(120L), Optional.empty(), A, B),
            info(B, Optional.of(0L), Optional.of(DRV)));
    assertThat(read(text)).containsExactlyElementsOf(closure);
  }

  @Test
  void readsJsonOnOneLongLine() throws IOException {
    List<PathInfo> infos =
        randomGraph(RandomGeneratorFactory.of("L64X128MixRandom").create(1), 500);

    assertThat(read(json(infos).replace("\n", ""))).hasSize(500);
  }

  @Test
  void nothingIsAnEmptyClosure() throws IOException {
    assertThat(read("")).isEmpty();
    assertThat(read("[]")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "null",
      value = {
        "A,|g:2: ends where the deriver of A belongs",
        "A,,|g:3: ends where the number of references of A belongs",
        "A,,x|g:3: expected a number, not 'x'",
        "A,,-1|g:3: expected a number, not '-1'",
        "A,,+1|g:3: expected a number, not '+1'",
        "A,,1|g:4: ends where reference 1 of A belongs",
        "A,,1,B|g: A refers to B, which is not in it",
        "A,,0,A,,0|g:4: A is there twice",
        "x|g:1: 'x' is not a store path: it is not in /nix/store",
        "A,x,0|g:2: 'x' is not a store path: it is not in /nix/store",
        "A,,0,,|g:4: '' is not a store path: it is not in /nix/store",
      })
  void refusesMalformedText(String text, String message) {
    String lines = text.replace(',', '\n').replace("A", A).replace("B", B) + "\n";
    String content = text.endsWith(",") ? lines.substring(0, lines.length() - 1) : lines;

    assertThatThrownBy(() -> ReferencesGraph.parseText("g", new StringReader(content), DIR))
        .isInstanceOf(ImageException.class)
        .hasMessage(message.replace("A ", A + " ").replace("B,", B + ","));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|g:1:2: attributes without 'closure'",
        "{'closure':{}}|g:1:12: expected an array of paths",
        "null|g:1:1: expected an array of paths",
        "[1]|g:1:2: expected an object for a path",
        "[{}]|g:1:2: an object without 'path'",
        "[{'path':1}]|g:1:10: expected a string in 'path'",
        "[{'path':'x'}]|g:1:10: 'x' is not a store path: it is not in /nix/store",
        "[{'path':'A'}]|g:1:2: an object without 'references'",
        "[{'path':'A','references':[],'narSize':1}]|g:1:2: A has only one of 'narHash' and"
            + " 'narSize'",
        "[{'references':1}]|g:1:16: expected an array as 'references'",
        "[{'narSize':1.5}]|g:1:13: expected a number as 'narSize'",
        "[{'narHash':'x'}]|g:1:13: 'x' is not a SHA-256 hash",
        "[] 1|g:1:4: expected nothing after the closure",
      })
  void refusesMalformedJson(String text, String message) {
    String content = text.replace('\'', '"').replace("A", A);

    assertThatThrownBy(() -> ReferencesGraph.parseJson("g", new StringReader(content), DIR))
        .isInstanceOf(ImageException.class)
        .hasMessage(message.replace("A ", A + " "));
  }

  @Test
  void readsBackRandomGraphs() throws IOException {
    long seed = 5;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 50; round++) {
      List<PathInfo> infos = randomGraph(random);

      assertThat(ReferencesGraph.parseRegistration("g", new StringReader(registration(infos)), DIR))
          .as("seed %d round %d", seed, round)
          .containsExactlyElementsOf(Closure.of(infos));
      assertThat(ReferencesGraph.parseJson("g", new StringReader(json(infos)), DIR))
          .as("seed %d round %d", seed, round)
          .containsExactlyElementsOf(Closure.of(infos));
    }
  }

  @Test
  void answersDamageWithOneLineOrAClosure() throws IOException {
    long seed = 6;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    int refused = 0;
    for (int round = 0; round < 2000; round++) {
      List<PathInfo> infos = randomGraph(random);
      String whole = random.nextBoolean() ? registration(infos) : json(infos);
      byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length;
      Path file = folder.resolve("damaged");
      Files.write(file, Arrays.copyOf(bytes, length));
      try {
        assertThat(ReferencesGraph.read(file, DIR)).isNotNull();
      } catch (ImageException e) {
        refused++;
        assertThat(e).as("seed %d round %d", seed, round).hasMessageStartingWith(file + ":");
      }
    }
    assertThat(refused).isGreaterThan(1000);
  }

  private Closure read(String text) throws IOException {
    return ReferencesGraph.read(Files.writeString(folder.resolve("graph"), text), DIR);
  }

  private static PathInfo info(
      String path, Optional<Long> size, Optional<String> deriver, String... references) {
    return new PathInfo(
        StorePath.parse(DIR, path),
        size.map(bytes -> new NarHash(HASH, bytes)),
        Arrays.stream(references)
            .map(reference -> StorePath.parse(DIR, reference))
            .collect(Collectors.toSet()),
        deriver.map(drv -> StorePath.parse(DIR, drv)),
        Optional.empty());
  }

  private static List<PathInfo> randomGraph(RandomGenerator random) {
    return randomGraph(random, random.nextInt(1, 20));
  }

  private static List<PathInfo> randomGraph(RandomGenerator random, int size) {
    List<StorePath> paths = new ArrayList<>();
    for (int i = size; i > 0; i--) {
      byte[] hash = new byte[20];
      random.nextBytes(hash);
      paths.add(new StorePath(DIR, NixBase32.encode(hash) + "-p" + i));
    }
    List<PathInfo> infos = new ArrayList<>();
    for (StorePath path : paths) {
      Set<StorePath> references = new HashSet<>();
      for (int i = random.nextInt(5); i > 0; i--) {
        references.add(paths.get(random.nextInt(paths.size())));
      }
      byte[] hash = new byte[32];
      random.nextBytes(hash);
      infos.add(
          new PathInfo(
              path,
              Optional.of(new NarHash(Digest.ofBytes(hash), random.nextLong(1L << 40))),
              references,
              random.nextBoolean() ? Optional.of(paths.getFirst()) : Optional.empty(),
              Optional.empty()));
    }
    return infos;
  }

  private static String registration(List<PathInfo> infos) {
    StringBuilder text = new StringBuilder();
    for (PathInfo info : infos) {
      NarHash nar = info.nar().orElseThrow();
      text.append(info.path()).append('\n').append(Hashes.base32(nar.digest())).append('\n');
      text.append(nar.size()).append('\n');
      text.append(info.deriver().map(StorePath::toString).orElse("")).append('\n');
      text.append(info.references().size()).append('\n');
      info.references().forEach(reference -> text.append(reference).append('\n'));
    }
    return text.toString();
  }

  private static String json(List<PathInfo> infos) {
    return infos.stream()
        .map(info ->
            "{\"path\":\"%s\",\"narHash\":\"%s\",\"narSize\":%d,\"references\":[%s]%s}"
                .formatted(
                    info.path(),
                    info.nar().orElseThrow().digest(),
                    info.nar().orElseThrow().size(),
                    info.references().stream()
                        .map(reference -> "\"" + reference + "\"")
                        .collect(Collectors.joining(",")),
                    info.deriver().map(drv -> ",\"deriver\":\"" + drv + "\"").orElse("")))
        .collect(Collectors.joining(",\n", "[", "]"));
  }
}
