package dev.slipway.cli;

import dev.slipway.build.ExportImageArguments;
import dev.slipway.build.IsoTime;
import dev.slipway.build.LayeredImageArguments;
import dev.slipway.build.NixShellArguments;
import dev.slipway.build.PlainImageArguments;
import dev.slipway.build.ShellDerivation;
import dev.slipway.cli.imagefile.CreatedTime;
import dev.slipway.cli.imagefile.ImageFileException;
import dev.slipway.cli.imagefile.ImageSpec;
import dev.slipway.cli.imagefile.JsonTemplate;
import dev.slipway.cli.imagefile.PathArgument;
import dev.slipway.cli.imagefile.Template;
import dev.slipway.layer.Compression;
import dev.slipway.layering.Layering;
import dev.slipway.layering.LayeringPipeline;
import dev.slipway.layering.PipelineLayering;
import dev.slipway.layering.PopularityLayering;
import dev.slipway.layering.SizeLayering;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonBoolean;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Platform;
import dev.slipway.store.Stores;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of functions, as the library takes them, from what an image file says of an image:
 * templates are filled in, and names stand for what was made before.
 *
 * @param workbench knows what was made
 * @param stores have the derivations of shells
 * @param now what {@code created: now} means
 * @param tag the tag that is asked for instead of the image file's
 */
record ImageArguments(
    Workbench workbench, Stores.ForBuild stores, Instant now, Optional<String> tag) {
  /** Those of {@code exportImage}. */
  ExportImageArguments of(ImageSpec.Export spec, Platform platform) throws IOException {
    return new ExportImageArguments(
        workbench.archive(spec.fromImage(), platform),
        text(spec.fromImageName()),
        text(spec.fromImageTag()));
  }

  /** Those of {@code buildImage}. */
  PlainImageArguments of(ImageSpec.Plain spec, Platform platform) throws IOException {
    return new PlainImageArguments(
        workbench.text(spec.name()),
        tag.isPresent() ? tag : text(spec.tag()),
        archive(spec.fromImage(), platform),
        text(spec.fromImageName()),
        text(spec.fromImageTag()),
        workbench.storePaths(spec.copyToRoot()),
        workbench.storePaths(spec.contents()),
        spec.keepContentsDirlinks(),
        spec.config().render(workbench::resolve),
        platform,
        switch (spec.created()) {
          case CreatedTime.Now _ -> IsoTime.of(now.truncatedTo(ChronoUnit.SECONDS)).toString();
          case CreatedTime.At at -> at.rfc3339();
        },
        spec.uid(),
        spec.gid(),
        workbench.text(spec.extraCommands()),
        text(spec.runAsRoot()),
        spec.diskSize(),
        spec.buildVmMemorySize(),
        spec.includeNixDb(),
        compression(spec));
  }

  /** Those of {@code buildLayeredImage}. */
  LayeredImageArguments of(ImageSpec.Layered spec, Platform platform) throws IOException {
    return new LayeredImageArguments(
        workbench.text(spec.name()),
        tag.isPresent() ? tag : text(spec.tag()),
        archive(spec.fromImage(), platform),
        workbench.storePaths(spec.contents()),
        spec.config().render(workbench::resolve),
        platform,
        time(spec.created()),
        spec.mtime().map(this::time),
        spec.uid(),
        spec.gid(),
        workbench.text(spec.uname()),
        workbench.text(spec.gname()),
        spec.maxLayers(),
        workbench.text(spec.extraCommands()),
        workbench.text(spec.fakeRootCommands()),
        spec.enableFakechroot(),
        spec.includeStorePaths(),
        spec.includeNixDb(),
        layering(spec.layering()),
        compression(spec));
  }

  /** Those of {@code buildNixShellImage}. */
  NixShellArguments of(ImageSpec.NixShell spec, Platform platform) throws IOException {
    return new NixShellArguments(
        switch (spec.drv()) {
          case ImageSpec.Drv.File(var path) -> derivation(path);
          case ImageSpec.Drv.Attributes(var attributes) ->
              ShellDerivation.of(
                  (JsonObject) attributes.render(workbench::resolve),
                  stores.all(),
                  attributes.at() + ": drv");
        },
        text(spec.name()),
        tag.isPresent() ? tag : text(spec.tag()),
        spec.uid(),
        spec.gid(),
        workbench.text(spec.homeDirectory()),
        text(spec.shell()),
        text(spec.command()),
        text(spec.run()),
        platform,
        compression(spec),
        workbench.shellPackages(spec.at(), spec.function()));
  }

  private ShellDerivation derivation(PathArgument path) throws IOException {
    if (!(path instanceof PathArgument.StoreObject(_, var object, var inside))
        || !inside.isEmpty()) {
      throw new ImageFileException(
          path.at(), "drv: expected the path of a .drv file in the store, or attributes");
    }
    return ShellDerivation.read(stores.all(), object);
  }

  private IsoTime time(CreatedTime time) {
    return switch (time) {
      case CreatedTime.Now _ -> IsoTime.of(now);
      // GNU date, which reads it for the original, prints no fractions.
      case CreatedTime.At at -> IsoTime.of(at.instant().truncatedTo(ChronoUnit.SECONDS));
    };
  }

  private Layering layering(dev.slipway.cli.imagefile.Layering layering) throws IOException {
    return switch (layering) {
      case dev.slipway.cli.imagefile.Layering.Popularity _ -> new PopularityLayering();
      case dev.slipway.cli.imagefile.Layering.Size _ -> new SizeLayering();
      case dev.slipway.cli.imagefile.Layering.Pipeline(var operations) -> pipeline(operations);
    };
  }

  private Layering pipeline(JsonTemplate operations) throws IOException {
    Object value = plain(operations.render(workbench::resolve));
    try {
      return new PipelineLayering(LayeringPipeline.parse(value));
    } catch (ImageException e) {
      throw new ImageFileException(operations.at(), String.valueOf(e.getMessage()), e);
    }
  }

  private static @Nullable Object plain(JsonValue value) {
    return switch (value) {
      case JsonObject object -> {
        Map<String, @Nullable Object> members = new HashMap<>();
        object.members().forEach((key, member) -> members.put(key, plain(member)));
        yield members;
      }
      case JsonArray array -> {
        List<@Nullable Object> elements = new ArrayList<>();
        array.elements().forEach(element -> elements.add(plain(element)));
        yield elements;
      }
      case JsonString string -> string.value();
      case JsonNumber number -> number.isInteger() ? number.integer() : number.decimal();
      case JsonBoolean bool -> bool.value();
      case JsonNull _ -> null;
    };
  }

  private Optional<ImageLocation> archive(Optional<PathArgument> argument, Platform platform)
      throws IOException {
    return argument.isPresent()
        ? Optional.of(workbench.archive(argument.get(), platform))
        : Optional.empty();
  }

  private Optional<String> text(Optional<Template> template) throws IOException {
    return template.isPresent() ? Optional.of(workbench.text(template.get())) : Optional.empty();
  }

  /** How an image that is built is compressed. */
  static Compression compression(ImageSpec spec) {
    return switch (spec) {
      case ImageSpec.Layered layered -> layered.compressor();
      case ImageSpec.Plain plain -> plain.compressor();
      case ImageSpec.NixShell shell -> shell.compressor();
      default -> Compression.NONE;
    };
  }
}
