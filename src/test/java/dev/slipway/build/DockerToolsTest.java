package dev.slipway.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.layer.Compression;
import dev.slipway.layering.SizeLayering;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonObject;
import dev.slipway.store.Closure;
import dev.slipway.store.PathInfo;
import dev.slipway.store.ReferencesGraph;
import dev.slipway.store.Store;
import dev.slipway.store.StoreLocation;
import dev.slipway.store.StorePath;
import dev.slipway.store.StoreSettings;
import dev.slipway.store.Stores;
import dev.slipway.store.TrivialBuilders;
import dev.slipway.store.WritableStore;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.ImageLocation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The functions as another program calls them. */
class DockerToolsTest {
  @TempDir private Path folder;
  private Path temporary;
  private WritableStore store;
  private DockerTools tools;

  @BeforeEach
  void open() throws IOException {
    temporary = Files.createDirectory(folder.resolve("tmp"));
    StoreSettings settings =
        StoreSettings.of(folder.resolve("embedded"), InstantSource.fixed(Instant.EPOCH));
    store = Stores.openWritable(new StoreLocation.Embedded(), settings);
    tools = new DockerTools(DockerTools.Settings.defaults(store, temporary));
  }

  @AfterEach
  void close() throws IOException {
    store.close();
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).isEmpty();
    }
  }

  /** A directory that refers to a text, which refers to another. */
  private StorePath page() throws IOException {
    TrivialBuilders builders = new TrivialBuilders(store, store, Set.of());
    StorePath name = builders.writeText("name", "world");
    StorePath greeting = builders.writeText("greeting", "hello " + name);
    return builders.writeTextDir("srv/page", "see " + greeting);
  }

  private static LayeredImageArguments layered(StorePath contents) {
    return LayeredImageArguments.named("Hello", "amd64")
        .tag("1")
        .contents(List.of(contents.toString()))
        .config(JsonObject.EMPTY.with("Cmd", JsonArray.ofStrings(List.of(contents + "/srv/page"))))
        .build();
  }

  @Test
  void buildsWhatItStreams() throws Exception {
    LayeredImageArguments arguments = layered(page());
    ByteArrayOutputStream streamed = new ByteArrayOutputStream();
    BuiltImage told;
    try (LayeredImage image = tools.streamLayeredImage(arguments, Progress.NONE)) {
      told = image.writeTo(Channels.newChannel(streamed), Progress.NONE);
    }

    Path archive = folder.resolve("hello.tar.gz");
    BuiltImage built = tools.buildLayeredImage(arguments, archive, Progress.NONE);

    assertThat(built).isEqualTo(told);
    assertThat(built.name()).isEqualTo("hello");
    assertThat(built.layers())
        .flatExtracting(BuiltImage.BuiltLayer::paths)
        .extracting(path -> path.substring(path.indexOf('-') + 1))
        .containsExactlyInAnyOrder("name", "greeting", "page");
    try (var unpacked = Compression.GZIP.decompress(Files.newInputStream(archive), "archive")) {
      assertThat(unpacked.readAllBytes()).isEqualTo(streamed.toByteArray());
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void buildsImagesOfOneLayerCompressedAsAsked(Compression compressor) throws Exception {
    Path archive = folder.resolve("plain");

    BuiltImage built =
        tools.buildImage(
            PlainImageArguments.named("plain", "amd64")
                .copyToRoot(List.of(page().toString()))
                .compressor(compressor)
                .build(),
            archive,
            Progress.NONE);

    try (var in = Files.newInputStream(archive)) {
      byte[] head = in.readNBytes(Compression.MAGIC_SIZE);
      assertThat(Compression.detect(head, "archive")).isEqualTo(compressor);
    }
    try (DockerArchive read = DockerArchive.open(archive, temporary)) {
      assertThat(read.first().repoTags()).containsExactly("plain:" + built.tag());
      assertThat(read.first().config().digest()).isEqualTo(built.configDigest());
    }
  }

  @Test
  void mergesAndExportsArchives() throws Exception {
    StorePath page = page();
    Path one = folder.resolve("one.tar.gz");
    Path two = folder.resolve("two.tar");
    tools.buildLayeredImage(layered(page), one, Progress.NONE);
    tools.buildImage(
        PlainImageArguments.named("two", "amd64")
            .tag("2")
            .copyToRoot(List.of(page.toString()))
            .compressor(Compression.NONE)
            .build(),
        two,
        Progress.NONE);

    Path both = folder.resolve("both.tar");
    Path tree = folder.resolve("tree.tar");
    List<BuiltImage> merged =
        tools.mergeImages(
            List.of(ImageLocation.of(one), ImageLocation.of(two)), both, Progress.NONE);
    BuiltImage exported =
        tools.exportImage(
            new ExportImageArguments(ImageLocation.of(both), Optional.of("two"), Optional.of("2")),
            tree);

    assertThat(merged).extracting(BuiltImage::name).containsExactly("hello", "two");
    assertThat(exported.name()).isEqualTo("two");
    assertThat(exported.configDigest()).isEqualTo(merged.getLast().configDigest());
    assertThat(DockerTools.tarsum(tree)).matches("tarsum\\.v1\\+sha256:[0-9a-f]{64}");
  }

  @Test
  void leavesNothingOfWhatFails() throws Exception {
    Path archive = Files.writeString(folder.resolve("hello.tar.gz"), "old");
    StorePath page = page();
    StorePath stranger = new StorePath(store.storeDir(), "0".repeat(32) + "-stranger");

    assertThatThrownBy(() -> tools.buildLayeredImage(layered(stranger), archive, Progress.NONE))
        .isInstanceOf(ImageException.class)
        .hasMessage(stranger + " is not valid in the store");
    for (StorePath path : store.closure(Set.of(page)).paths()) {
      if (!path.equals(page)) {
        Files.delete(store.locate(path));
      }
    }
    assertThatThrownBy(() -> tools.buildLayeredImage(layered(page), archive, Progress.NONE))
        .isInstanceOf(IOException.class);

    assertThat(archive).hasContent("old");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(archive, temporary, folder.resolve("embedded"));
    }
  }

  /** A form in which Nix hands a closure to a builder. */
  enum GraphForm {
    TEXT,
    REGISTRATION,
    JSON;

    String write(Closure closure) {
      StringBuilder out = new StringBuilder();
      for (PathInfo info : closure) {
        String hash = info.nar().orElseThrow().digest().toString();
        long size = info.nar().orElseThrow().size();
        Set<StorePath> references = new TreeSet<>(info.references());
        if (this == JSON) {
          out.append(out.isEmpty() ? "[" : ",");
          out.append("{\"path\":\"%s\",\"narHash\":\"%s\",".formatted(info.path(), hash));
          out.append("\"narSize\":%d,\"references\":[".formatted(size));
          out.append(String.join(",", references.stream().map(r -> "\"" + r + "\"").toList()));
          out.append("]}");
          continue;
        }
        out.append(info.path()).append('\n');
        if (this == REGISTRATION) {
          out.append(hash).append('\n').append(size).append('\n');
        }
        out.append('\n').append(references.size()).append('\n');
        references.forEach(reference -> out.append(reference).append('\n'));
      }
      return this == JSON ? out.append("]").toString() : out.toString();
    }
  }

  @ParameterizedTest
  @EnumSource(GraphForm.class)
  void imagesOfAReferencesGraphAreThoseOfTheDatabase(GraphForm form) throws Exception {
    StorePath page = page();
    LayeredImageArguments arguments = layered(page);
    Path fromDatabase = folder.resolve("database.tar.gz");
    BuiltImage expected = tools.buildLayeredImage(arguments, fromDatabase, Progress.NONE);
    Path graph =
        Files.writeString(folder.resolve("graph"), form.write(store.closure(Set.of(page))));
    Closure closure = ReferencesGraph.read(graph, store.storeDir());
    Path objects = store.folders().getFirst();

    Path fromGraph = folder.resolve("graph.tar.gz");
    try (Store graphed = Stores.of(closure, store.storeDir(), objects)) {
      DockerTools graphTools = new DockerTools(DockerTools.Settings.defaults(graphed, temporary));
      BuiltImage built = graphTools.buildLayeredImage(arguments, fromGraph, Progress.NONE);

      assertThat(built).isEqualTo(expected);
      assertThat(Digest.of(Files.readAllBytes(fromGraph)))
          .isEqualTo(Digest.of(Files.readAllBytes(fromDatabase)));
      StorePath other = store.addText("other", "", Set.of());
      assertThatThrownBy(
              () -> graphTools.buildLayeredImage(layered(other), fromGraph, Progress.NONE))
          .isInstanceOf(ImageException.class)
          .hasMessage(other + " is not valid in the store");
    }
  }

  @Test
  void onlySizesNeedTheirPathsSizes() throws Exception {
    StorePath page = page();
    Path graph =
        Files.writeString(
            folder.resolve("graph"), GraphForm.TEXT.write(store.closure(Set.of(page))));
    Closure closure = ReferencesGraph.read(graph, store.storeDir());
    try (Store graphed = Stores.of(closure, store.storeDir(), store.folders().getFirst())) {
      DockerTools graphTools = new DockerTools(DockerTools.Settings.defaults(graphed, temporary));
      LayeredImageArguments arguments =
          LayeredImageArguments.named("sized", "amd64")
              .contents(List.of(page.toString()))
              .layering(new SizeLayering())
              .build();

      assertThatThrownBy(() ->
              graphTools.buildLayeredImage(arguments, folder.resolve("sized.tar"), Progress.NONE))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("size");
    }
  }
}
