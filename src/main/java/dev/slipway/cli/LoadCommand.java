package dev.slipway.cli;

import dev.slipway.build.PackableImage;
import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.layer.Layer;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonValue;
import dev.slipway.transport.ArchivedImage;
import dev.slipway.transport.ContainerImage;
import dev.slipway.transport.ContainerLayer;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.DockerDaemon;
import dev.slipway.transport.ImageLocation;
import dev.slipway.transport.LoadedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code slipway load}: puts images into the Docker daemon, or into podman. */
final class LoadCommand implements Command {
  @Override
  public void run(Invocation invocation, Session session) throws IOException, InterruptedException {
    List<String> arguments = invocation.words().subList(1, invocation.words().size());
    if (arguments.size() != 1) {
      throw new UsageException("slipway load needs one NAME or ARCHIVE, found " + arguments.size());
    }
    String argument = arguments.getFirst();
    boolean json = invocation.has(OptionName.JSON);
    List<JsonValue> told = new ArrayList<>();
    try (DockerDaemon daemon = DockerDaemon.at(session.environment().docker().daemon())) {
      Loading loading = new Loading(daemon, session, json, told, invocation.value(OptionName.TAG));
      Optional<ImageFile> file = ImageFiles.find(invocation, session);
      Optional<ImageArgument> image =
          file.isPresent() ? ImageArgument.find(argument, file.get()) : Optional.empty();
      if (file.isPresent() && image.isPresent()) {
        try (ImageBuilder builder = new ImageBuilder(file.get(), invocation, session)) {
          builder.build(
              List.of(image.get().target(file.get())),
              (_, _, built) -> {
                loading.built(built);
                return Optional.empty();
              });
        }
      } else {
        loading.archive(ArchiveArgument.location(argument));
      }
    }
    if (json) {
      new JsonOrText(session.streams(), true).write(() -> new JsonArray(told), () -> "");
    }
  }

  /** Puts images into one daemon. */
  private record Loading(
      DockerDaemon daemon,
      Session session,
      boolean json,
      List<JsonValue> told,
      Optional<String> tag) {

    void built(ImageBuilder.Archive image) throws IOException {
      for (PackableImage packable : image.packables()) {
        load(packable.image(), image.progress());
      }
    }

    void archive(ImageLocation location) throws IOException {
      try (DockerArchive archive = ArchiveArgument.open(location, session);
          ProgressView progress = session.progress()) {
        for (ArchivedImage image : archive.images()) {
          load(ContainerImage.of(image), progress);
        }
      }
    }

    private void load(ContainerImage image, ProgressView progress) throws IOException {
      List<Layer> layers = image.layers().stream().map(ContainerLayer::layer).toList();
      List<String> names = tag.map(List::of).orElse(image.names());
      List<String> said = new ArrayList<>();
      progress.started(names.isEmpty() ? "image" : names.getFirst(), layers.size());
      LoadedImage loaded =
          daemon.load(names, image.config().bytes(), layers, progress::written, said::add);
      progress.finished();
      int sent = layers.size() - loaded.present();
      session.tell(
          "%s had %d of %d layers; sent %d, %s of %s"
              .formatted(
                  daemon,
                  loaded.present(),
                  layers.size(),
                  sent,
                  Bytes.of(loaded.sentBytes()),
                  Bytes.of(loaded.bytes())));
      if (json) {
        told.add(
            JsonObject.EMPTY
                .with("repoTags", JsonArray.ofStrings(names))
                .with("configDigest", image.config().digest().toString())
                .with("layers", JsonNumber.of(layers.size()))
                .with("layersSent", JsonNumber.of(sent))
                .with("bytes", JsonNumber.of(loaded.bytes()))
                .with("bytesSent", JsonNumber.of(loaded.sentBytes())));
      } else {
        for (String line : said) {
          session.streams().print(OneLine.of(line) + "\n");
        }
      }
    }
  }
}
