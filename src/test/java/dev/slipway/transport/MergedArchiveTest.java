package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.slipway.layer.Compression;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.Flattened;
import dev.slipway.layer.Measurement;
import dev.slipway.layer.RawTar;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MergedArchiveTest {
  private static final byte[] SHARED = ArchiveSketch.layer("shared");
  private static final byte[] A = ArchiveSketch.layer("a");
  private static final byte[] B = ArchiveSketch.layer("b");
  private static final List<String> PLACES = List.of("./", "manifest.json", "repositories");

  @TempDir Path folder;
  private Path spool = Path.of("");

  @BeforeEach
  void makeSpool() throws IOException {
    spool = Files.createDirectory(folder.resolve("spool"));
  }

  /** What comes of merging these archives, called 1.tar, 2.tar and so on. */
  private byte[] merge(byte[]... inputs) throws IOException {
    return merge(Compression.NONE, inputs);
  }

  private byte[] merge(Compression expected, byte[]... inputs) throws IOException {
    List<DockerArchive> archives = new ArrayList<>();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      for (int i = 0; i < inputs.length; i++) {
        archives.add(DockerArchive.open(Files.write(path(i + 1), inputs[i]), spool));
      }
      MergedArchive merged = new MergedArchive(archives, 7);
      assertThat(merged.compression()).isEqualTo(expected);
      List<Long> layers = new ArrayList<>();
      merged.writeTo(Channels.newChannel(out), layers::add);
      assertThat(layers).hasSize(merged.layers());
    } finally {
      for (DockerArchive archive : archives) {
        archive.close();
      }
      assertThat(spool).isEmptyDirectory();
    }
    return out.toByteArray();
  }

  private Path path(int number) {
    return folder.resolve(number + ".tar");
  }

  private void refused(String message, byte[]... inputs) {
    assertThatThrownBy(() -> merge(inputs)).isInstanceOf(ImageException.class).hasMessage(message);
  }

  /** The members of an archive, without contents that are longer than a line. */
  private static List<String> list(byte[] archive) throws IOException {
    return Flattened.list(archive).stream()
        .map(line -> line.contains("\0") ? line.substring(0, line.indexOf(' ', 6)) : line)
        .map(line -> line.lines().findFirst().orElse(""))
        .toList();
  }

  private static String text(byte[] archive, String name) throws IOException {
    String start = "0 644 " + name + " ";
    String line =
        Flattened.list(archive).stream().filter(l -> l.startsWith(start)).findFirst().orElseThrow();
    return line.substring(start.length());
  }

  private static ArchiveSketch image(String top, byte[] layer) {
    return new ArchiveSketch().layer("shared/layer.tar", SHARED).layer(top + "/layer.tar", layer);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void whatArchivesHaveInCommonIsStoredOnce() throws IOException {
    ArchiveSketch first = image("a", A);
    ArchiveSketch second = image("b", B);
    List<String> configs = new ArrayList<>(List.of(first.configName(), second.configName()));
    configs.sort(null);
    byte[] merged = merge(first.end(), second.end());

    List<String> names = list(merged).stream().map(line -> line.split(" ", -1)[2]).toList();
    assertThat(names)
        .containsExactlyInAnyOrder(
            "./",
            configs.get(0),
            configs.get(1),
            "a/",
            "a/layer.tar",
            "b/",
            "b/layer.tar",
            "manifest.json",
            "repositories",
            "shared/",
            "shared/layer.tar")
        .isSorted();
    try (DockerArchive archive = DockerArchive.open(Files.write(path(9), merged), spool)) {
      List<ArchivedImage> images = archive.images();
      assertThat(images).hasSize(2);
      assertThat(images.get(0).layers())
          .extracting(ArchivedLayer::memberName)
          .containsExactly("shared/layer.tar", "a/layer.tar");
      assertThat(images.get(1).layers())
          .extracting(ArchivedLayer::memberName)
          .containsExactly("shared/layer.tar", "b/layer.tar");
    }
  }

  @Test
  void theResultIsToBeCompressedLikeTheLast() throws IOException {
    byte[] plain = image("a", A).end();
    byte[] other = image("b", B).end();
    byte[] expected = merge(plain, other);

    assertThat(merge(Compression.GZIP, plain, gzip(other))).isEqualTo(expected);
    assertThat(merge(Compression.ZSTD, gzip(plain), Zstd.compress(other))).isEqualTo(expected);
    assertThat(merge(Compression.NONE, Zstd.compress(plain), other)).isEqualTo(expected);
    assertThat(merge(Compression.GZIP, gzip(plain))).isEqualTo(merge(plain));
  }

  @Test
  void manifestsAreJoinedInTheOrderOfTheArchives() throws IOException {
    ArchiveSketch first = image("a", A);
    ArchiveSketch second = image("b", B);
    String config = first.configName();
    String other = second.configName();

    assertThat(text(merge(second.end(), first.end()), "manifest.json"))
        .isEqualTo(
            """
            [
              {
                "Config": "%s",
                "RepoTags": [
                  "some:tag"
                ],
                "Layers": [
                  "shared/layer.tar",
                  "b/layer.tar"
                ]
              },
              {
                "Config": "%s",
                "RepoTags": [
                  "some:tag"
                ],
                "Layers": [
                  "shared/layer.tar",
                  "a/layer.tar"
                ]
              }
            ]
            """
                .formatted(other, config));
  }

  @Test
  void entriesOfManifestsKeepWhatElseTheySay() throws IOException {
    ArchiveSketch sketch = image("a", A);
    String manifest =
        sketch
            .manifest()
            .replace("[\"some:tag\"]", "null")
            .replace("}]", ",\"LayerSources\":{\"x\":{\"size\":12345678901234567890}}}]");

    assertThat(text(merge(sketch.endWith(manifest)), "manifest.json"))
        .contains("\"RepoTags\": null,", "\"size\": 12345678901234567890\n");
  }

  @Test
  void repositoriesAreJoinedByName() throws IOException {
    ArchiveSketch first = image("a", A);
    first.tar().file("repositories", "{\"x\":{\"1\":\"a\"},\"y/z\":{\"1\":\"a\"}}");
    ArchiveSketch second = image("b", B);
    ArchiveSketch third = new ArchiveSketch();
    third.tar().file("repositories", "null");
    ArchiveSketch fourth = new ArchiveSketch();
    fourth.tar().file("repositories", "{\"w\":{},\"x\":{\"2\":\"b\"}}");

    byte[] merged = merge(first.end(), second.end(), third.end(), fourth.end());

    assertThat(text(merged, "repositories"))
        .isEqualTo(
            """
            {
              "x": {
                "2": "b"
              },
              "y/z": {
                "1": "a"
              },
              "w": {}
            }
            """);
  }

  @Test
  void withoutRepositoriesThereIsNothing() throws IOException {
    assertThat(text(merge(image("a", A).end(), image("b", B).end()), "repositories"))
        .isEqualTo("null\n");
  }

  @Test
  void modesAreThoseOfTheFirstAsUnpackingLeavesThem() throws IOException {
    ArchiveSketch first = new ArchiveSketch();
    first.tar().member('5', "d/").text(100, 8, "0000555");
    first.tar().file("d/f", "same").text(100, 8, "0000400");
    first.tar().file("g", "").text(100, 8, "0007777");
    first.tar().file("e/f", "");
    first.tar().link('2', "l", "d/f").text(100, 8, "0000000");
    ArchiveSketch second = new ArchiveSketch();
    second.tar().member('5', "d/").text(100, 8, "0000777");
    second.tar().file("d/f", "same").text(100, 8, "0000777");
    second.tar().member('5', "e/").text(100, 8, "0000500");
    second.tar().member('5', "h/").text(100, 8, "0002770");
    second.tar().link('2', "l", "d/f");

    assertThat(list(merge(first.end(), second.end())))
        .startsWith("5 755 ./")
        .contains(
            "5 555 d/",
            "0 400 d/f same",
            "5 755 e/",
            "0 644 e/f",
            "0 755 g",
            "5 750 h/",
            "2 777 l -> d/f")
        .anySatisfy(line -> assertThat(line).startsWith("0 644 manifest.json"))
        .anySatisfy(line -> assertThat(line).startsWith("0 644 repositories"));
  }

  @Test
  void hardLinksAreCopiesAndLinksStay() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch().layer("x/layer.tar", A);
    sketch.tar().link('1', "y/layer.tar", "x/layer.tar");
    sketch.tar().link('2', "z/layer.tar", "../x/layer.tar");
    sketch.listed("y/layer.tar", A).listed("z/layer.tar", A);
    byte[] merged = merge(sketch.end());

    assertThat(list(merged))
        .contains("0 644 x/layer.tar", "0 644 y/layer.tar")
        .contains("2 777 z/layer.tar -> ../x/layer.tar");
    try (DockerArchive archive = DockerArchive.open(Files.write(path(9), merged), spool)) {
      assertThat(archive.first().layers()).hasSize(3);
    }
  }

  @Test
  void whatIsThereTwiceCountsAsItIsLast() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch();
    sketch.tar().file("f", "old").file("./f", "new");

    assertThat(list(merge(sketch.end()))).contains("0 644 f new");
  }

  /** A name that Docker would not load is none. */
  @ParameterizedTest
  @CsvSource({"n:t, n:t", "t, ''"})
  void imagesOfOciLayoutsGetAManifest(String given, String repoTags) throws IOException {
    byte[] layer = gzip(A);
    String config = "{\"rootfs\":{\"diff_ids\":[\"" + ArchiveSketch.digest(A) + "\"]}}";
    String manifest =
        "{\"config\":%s,\"layers\":[%s]}"
            .formatted(descriptor(config.getBytes(UTF_8)), descriptor(layer));
    String index =
        "{\"manifests\":[%s]}"
            .formatted(
                descriptor(manifest.getBytes(UTF_8))
                    .replace(
                        "}", ",\"annotations\":{\"io.containerd.image.name\":\"" + given + "\"}}"));
    RawTar tar = new RawTar().file("oci-layout", "{}").file("index.json", index);
    for (byte[] blob : List.of(layer, config.getBytes(UTF_8), manifest.getBytes(UTF_8))) {
      tar.file("blobs/sha256/" + ArchiveSketch.digest(blob).hex(), blob);
    }

    byte[] merged = merge(tar.end(), image("b", B).end());

    assertThat(list(merged))
        .noneMatch(line -> line.contains("oci-layout"))
        .noneMatch(line -> line.contains("index.json"));
    try (DockerArchive archive = DockerArchive.open(Files.write(path(9), merged), spool)) {
      assertThat(archive.images()).hasSize(2);
      assertThat(archive.first().config().bytes()).isEqualTo(config.getBytes(UTF_8));
      assertThat(String.join(" ", archive.first().repoTags())).isEqualTo(repoTags);
    }
  }

  private static String descriptor(byte[] blob) {
    return "{\"digest\":\"%s\",\"size\":%d}".formatted(ArchiveSketch.digest(blob), blob.length);
  }

  // -- What is refused

  @ParameterizedTest
  @ValueSource(ints = {3, 2_000_000})
  void filesOfOneNameMustBeTheSame(int size) {
    byte[] content = new byte[size];
    byte[] other = content.clone();
    other[size - 1] = 1;
    ArchiveSketch first = new ArchiveSketch();
    first.tar().file("d/f", content);
    ArchiveSketch same = new ArchiveSketch();
    same.tar().file("d/f", content.clone());
    ArchiveSketch changed = new ArchiveSketch();
    changed.tar().file("d/f", other);
    byte[] a = first.end();

    refused(path(3) + ": member d/f is not what it is in " + path(1), a, same.end(), changed.end());
    ArchiveSketch longer = new ArchiveSketch();
    longer.tar().file("d/f", new byte[size + 1]);
    refused(path(2) + ": member d/f is not what it is in " + path(1), a, longer.end());
  }

  @Test
  void layersOfOneNameMustBeTheSame() throws IOException {
    byte[] one = new RawTar().file("zeros", new byte[2_000_000]).end();
    byte[] two = new RawTar().file("zeroz", new byte[2_000_000]).end();
    byte[] a = new ArchiveSketch().layer("l", one).layer("x", A).end();

    assertThat(merge(a, new ArchiveSketch().layer("l", one).layer("x", A).end())).isNotEmpty();
    refused(
        path(2) + ": member l is not what it is in " + path(1),
        a,
        new ArchiveSketch().layer("l", two).end());
  }

  @ParameterizedTest
  @CsvSource({"0,5", "5,0", "0,2", "2,5", "2,0"})
  void membersOfOneNameMustBeOfOneSort(char first, char second) {
    ArchiveSketch a = new ArchiveSketch();
    a.tar().link(first, "m", "n");
    ArchiveSketch b = new ArchiveSketch();
    b.tar().link(second, "m", "n");

    refused(path(2) + ": member m is not what it is in " + path(1), a.end(), b.end());
  }

  @Test
  void linksOfOneNameMustLeadToOnePlace() {
    ArchiveSketch a = new ArchiveSketch();
    a.tar().link('2', "m", "n");
    ArchiveSketch b = new ArchiveSketch();
    b.tar().link('2', "m", "o");

    refused(path(2) + ": member m is not what it is in " + path(1), a.end(), b.end());
  }

  @Test
  void nothingLiesBelowAFile() {
    ArchiveSketch sketch = new ArchiveSketch();
    sketch.tar().file("m", "").file("m/n/o", "");
    refused(path(1) + ": member m/n/o lies below m, which is no directory", sketch.end());

    ArchiveSketch a = new ArchiveSketch();
    a.tar().file("m", "");
    ArchiveSketch b = new ArchiveSketch();
    b.tar().file("m/n", "");
    refused(path(2) + ": member m is not what it is in " + path(1), a.end(), b.end());
  }

  @Test
  void layersMustBeTheirDiffId() {
    ArchiveSketch sketch = new ArchiveSketch().listed("l", A);
    sketch.tar().file("l", B);
    byte[] wrong = sketch.end();

    assertThatThrownBy(() -> merge(image("a", A).end(), wrong))
        .isInstanceOf(DigestMismatchException.class)
        .hasMessageStartingWith(path(2) + ": layer l: ");
  }

  /** What the second archive has as the first is remembered of both. */
  @Test
  void layersThatAreSharedAreKnownAgainInEachArchive() throws IOException {
    byte[] shared = new RawTar().file("zeros", new byte[2_000_000]).end();
    Path one = Files.write(path(1), new ArchiveSketch().layer("l", shared).end());
    Path two = Files.write(path(2), new ArchiveSketch().layer("l", shared).layer("x", A).end());
    Map<Digest, Measurement> cache = new HashMap<>();
    assertThat(merge(cache, one, two)).isZero();
    assertThat(cache).hasSize(3);

    assertThat(merge(cache, one, two)).isEqualTo(3);
    assertThat(merge(cache, two, one)).isEqualTo(3);

    byte[] other = new RawTar().file("zeroz", new byte[2_000_000]).end();
    Path three = Files.write(path(3), new ArchiveSketch().layer("l", other).end());
    try (DockerArchive archive = open(three, cache, new AtomicInteger())) {
      assertThat(archive.images(new AtomicBoolean())).hasSize(1);
    }
    assertThatThrownBy(() -> merge(cache, one, three))
        .isInstanceOf(ImageException.class)
        .hasMessage(path(3) + ": member l is not what it is in " + path(1));
  }

  /** How many layers were known. */
  private int merge(Map<Digest, Measurement> cache, Path first, Path second) throws IOException {
    AtomicInteger hits = new AtomicInteger();
    try (DockerArchive one = open(first, cache, hits);
        DockerArchive two = open(second, cache, hits)) {
      new MergedArchive(List.of(one, two), 7)
          .writeTo(Channels.newChannel(OutputStream.nullOutputStream()), _ -> {});
    }
    return hits.get();
  }

  private DockerArchive open(Path file, Map<Digest, Measurement> known, AtomicInteger hits)
      throws IOException {
    DigestCache cache =
        new DigestCache() {
          @Override
          public Optional<Measurement> get(Digest key) {
            Optional<Measurement> found = Optional.ofNullable(known.get(key));
            found.ifPresent(_ -> hits.incrementAndGet());
            return found;
          }

          @Override
          public void put(Digest key, Measurement measurement) {
            known.put(key, measurement);
          }
        };
    return DockerArchive.open(
        ImageLocation.of(file), spool, ArchiveLimits.DEFAULT, cache, Duration.ofDays(-1));
  }

  /** It is not verified by itself, as it is what the first archive has. */
  @Test
  void aLayerThatIsSharedMustBeItsDiffIdInEachArchive() {
    byte[] shared = new RawTar().file("zeros", new byte[2_000_000]).end();
    ArchiveSketch sketch = new ArchiveSketch().listed("l", A);
    sketch.tar().file("l", shared);
    byte[] wrong = sketch.end();

    assertThatThrownBy(() -> merge(new ArchiveSketch().layer("l", shared).end(), wrong))
        .isInstanceOf(DigestMismatchException.class)
        .hasMessageStartingWith(path(2) + ": layer l: ");
  }

  @Test
  void repositoriesMustBeAnObject() {
    ArchiveSketch sketch = new ArchiveSketch();
    sketch.tar().file("repositories", "[]");
    refused(path(1) + ": repositories: expected an object, found a list", sketch.end());

    ArchiveSketch twice = new ArchiveSketch();
    twice.tar().file("repositories", "{}").file("repositories", "{}");
    refused(path(1) + ": repositories is there more than once", twice.end());

    ArchiveSketch link = new ArchiveSketch();
    link.tar().link('2', "repositories", "x");
    refused(path(1) + ": repositories is not a plain file", link.end());
  }

  @Test
  void membersMustNotLieDeep() {
    ArchiveSketch sketch = new ArchiveSketch();
    sketch.tar().longFile("d/".repeat(200) + "f", new byte[0]);

    refused(path(1) + ": member " + "d/".repeat(200) + "f lies 201 directories deep", sketch.end());
  }

  @Test
  void anEmptyArchiveHasTheDocumentsOnly() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch();

    assertThat(list(merge(sketch.end())).stream().map(line -> line.split(" ", -1)[2]))
        .contains(sketch.configName())
        .containsAll(PLACES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"index.json", "./oci-layout", "manifest.json/layer.tar"})
  void nothingThatIsNeededIsLeftOutAsADocument(String name) {
    refused(
        path(1)
            + ": "
            + name
            + ", named by manifest.json[0], has the place of a document that is"
            + " not merged",
        new ArchiveSketch().layer(name, A).end());
    ArchiveSketch linked = new ArchiveSketch().listed("a/layer.tar", A);
    linked.tar().file(name, A).link('2', "a/layer.tar", "../" + name);
    refused(
        path(1)
            + ": a/layer.tar, named by manifest.json[0], has the place of a document that is"
            + " not merged",
        linked.end());
    ArchiveSketch config = new ArchiveSketch().layer("a", A);
    config.tar().file(name, config.config());
    refused(
        path(1)
            + ": "
            + name
            + ", named by manifest.json[0], has the place of a document that is"
            + " not merged",
        config.endWith(config.manifest().replace(config.configName(), name)));
  }
}
