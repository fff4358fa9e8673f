package dev.slipway.cli;

import dev.slipway.build.BuildableImage;
import dev.slipway.build.LayeredImage;
import dev.slipway.cli.imagefile.CreatedTime;
import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.cli.imagefile.ImageSpec;
import dev.slipway.cli.imagefile.PathArgument;
import dev.slipway.cli.imagefile.Reference;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.PythonJson;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code slipway plan}: does the work of an image that comes before its streaming, and leaves a
 * folder of which it can be streamed again and again.
 */
final class PlanCommand implements Command {
  private static final String CONFIGURATION = "conf.json";
  private static final String BASE = "base.tar";
  private static final String OBJECTS = "objects";

  @Override
  public void run(Invocation invocation, Session session) throws IOException, InterruptedException {
    List<String> names = invocation.words().subList(1, invocation.words().size());
    if (names.size() != 1) {
      throw new UsageException("slipway plan needs one NAME, found " + names.size());
    }
    Optional<String> out = invocation.value(OptionName.OUT);
    if (out.isEmpty() || out.get().equals(OutArgument.STANDARD_OUTPUT)) {
      throw new UsageException("slipway plan needs -o DIR");
    }
    Path folder = Path.of(out.get()).toAbsolutePath().normalize();
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(out.get());
    }
    ImageFile file = ImageFiles.read(invocation, session);
    String name = names.getFirst();
    ImageFile.Target target = ImageArgument.of(name, file).target(file);
    ImageSpec spec = file.image(target);
    try (ImageBuilder builder = new ImageBuilder(file, invocation, session)) {
      builder.build(
          List.of(target),
          (_, _, archive) -> {
            BuildableImage image =
                archive
                    .image()
                    .orElseThrow(() ->
                        new ImageException(
                            spec.at() + ": an image of others' layers needs no plan"));
            Path beginning =
                folder.resolveSibling(
                    "." + folder.getFileName() + "." + ProcessHandle.current().pid());
            session.temporaryFiles().add(beginning);
            Files.createDirectory(beginning);
            image.writeOwnLayer(beginning);
            if (image instanceof LayeredImage layered) {
              Optional<String> objects =
                  builder.copyOwn(layered, beginning.resolve(OBJECTS))
                      ? Optional.of(folder.resolve(OBJECTS).toString())
                      : Optional.empty();
              Optional<String> base =
                  spec instanceof ImageSpec.Layered of
                      ? base(of, target, builder, folder, beginning)
                      : Optional.empty();
              JsonObject configuration =
                  layered.configuration(base, folder.toString(), objects).json();
              if (spec instanceof ImageSpec.Layered of) {
                configuration = leavingNow(configuration, of);
              }
              Files.write(beginning.resolve(CONFIGURATION), PythonJson.write(configuration));
            }
            session.temporaryFiles().publish(beginning, folder);
            return Optional.empty();
          });
    }
    new JsonOrText(session.streams(), invocation.has(OptionName.JSON))
        .write(() -> JsonObject.EMPTY.with("out", out.get()), () -> out.get() + "\n");
  }

  /** Where the archive of the image is found that it is built upon. */
  private static Optional<String> base(
      ImageSpec.Layered spec,
      ImageFile.Target target,
      ImageBuilder builder,
      Path folder,
      Path beginning)
      throws IOException {
    if (spec.fromImage().isEmpty()) {
      return Optional.empty();
    }
    String archive = builder.archiveName(spec.fromImage().get(), target.platform());
    boolean temporary =
        spec.fromImage().get() instanceof PathArgument.Defined defined
            && defined.reference().kind() == Reference.Kind.IMAGES;
    if (temporary) {
      Files.copy(Path.of(archive), beginning.resolve(BASE));
    }
    return Optional.of(temporary ? folder.resolve(BASE).toString() : archive);
  }

  /** What is made now is meant to be the image, not its plan. */
  private static JsonObject leavingNow(JsonObject configuration, ImageSpec.Layered spec) {
    boolean madeNow = spec.created() instanceof CreatedTime.Now;
    JsonObject left = configuration;
    if (madeNow) {
      left = left.with("created", "now");
    }
    if (spec.mtime().map(CreatedTime.Now.class::isInstance).orElse(madeNow)) {
      left = left.with("mtime", "now");
    }
    return left;
  }
}
