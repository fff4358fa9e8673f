package dev.slipway.cli.imagefile;

import dev.slipway.layer.Compression;
import dev.slipway.oci.Platform;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** An image of the image file: one function of dockerTools with its arguments. */
public sealed interface ImageSpec {
  /** Where it stands. */
  Position at();

  /** The function's name. */
  String function();

  /**
   * The platform that it is for.
   *
   * @param asked what it is for if it does not say
   */
  default Platform platform(Platform asked) {
    return asked;
  }

  /**
   * An image for several platforms.
   *
   * @param at where its function stands
   * @param function its function's name
   * @param images what it is for each of them, in the order in which they are listed
   */
  record ForPlatforms(Position at, String function, SequencedMap<Platform, ImageSpec> images)
      implements ImageSpec {
    /** Takes a copy. */
    public ForPlatforms {
      images = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(images));
    }

    /** That of its platforms which serves {@code wanted} best, if any does. */
    Optional<Platform> serving(Platform wanted) {
      return wanted.served().stream().filter(images::containsKey).findFirst();
    }
  }

  /**
   * {@code buildLayeredImage}, {@code streamLayeredImage} and {@code buildLayeredImageWithNixDb}.
   *
   * @param at where it stands
   * @param function which of them
   * @param name the image's name, its case as given
   * @param tag the image's tag; empty for one that follows from its content
   * @param fromImage the image below
   * @param contents what is linked together into the root
   * @param config the container configuration, an object or null
   * @param architecture a GOARCH name, if given
   * @param created the image's time
   * @param mtime the time of files in store layers, {@code created} where empty
   * @param uid the owner of files in store layers
   * @param gid the group of files in store layers
   * @param uname the owner's name
   * @param gname the group's name
   * @param maxLayers how many layers the image may have at most
   * @param extraCommands a script over the customisation layer
   * @param fakeRootCommands a script over the customisation layer, as root as far as it can tell
   * @param enableFakechroot whether that script has the layer for its root directory
   * @param includeStorePaths whether there are layers of store paths
   * @param includeNixDb whether the image holds a database of its store paths
   * @param layering how store paths are spread over layers
   * @param debug whether to tell how the layering came about
   * @param compressor how the archive is compressed
   */
  record Layered(
      Position at,
      String function,
      Template name,
      Optional<Template> tag,
      Optional<PathArgument> fromImage,
      List<PathArgument> contents,
      JsonTemplate config,
      Optional<String> architecture,
      CreatedTime created,
      Optional<CreatedTime> mtime,
      long uid,
      long gid,
      Template uname,
      Template gname,
      int maxLayers,
      Template extraCommands,
      Template fakeRootCommands,
      boolean enableFakechroot,
      boolean includeStorePaths,
      boolean includeNixDb,
      Layering layering,
      boolean debug,
      Compression compressor)
      implements ImageSpec {
    @Override
    public Platform platform(Platform asked) {
      return architecture.map(name -> new Platform("linux", name)).orElse(asked);
    }
  }

  /**
   * {@code buildImage} and {@code buildImageWithNixDb}.
   *
   * @param at where it stands
   * @param function which of them
   * @param name the image's name, its case as given
   * @param tag the image's tag; empty for one that follows from its content
   * @param fromImage the image below
   * @param fromImageName which image of that archive
   * @param fromImageTag which image of that archive
   * @param copyToRoot what is copied together into the root
   * @param contents the same under its old name
   * @param keepContentsDirlinks whether symbolic links to directories stay links
   * @param config the container configuration, an object or null
   * @param architecture a GOARCH name, if given
   * @param created the image's time
   * @param uid the owner of the layer's files
   * @param gid the group of the layer's files
   * @param extraCommands a script over the layer
   * @param runAsRoot a script in the image
   * @param diskSize the room for that script, in MiB
   * @param buildVmMemorySize the memory for that script, in MiB
   * @param includeNixDb whether the image holds a database of its store paths
   * @param compressor how the archive is compressed
   */
  record Plain(
      Position at,
      String function,
      Template name,
      Optional<Template> tag,
      Optional<PathArgument> fromImage,
      Optional<Template> fromImageName,
      Optional<Template> fromImageTag,
      List<PathArgument> copyToRoot,
      List<PathArgument> contents,
      boolean keepContentsDirlinks,
      JsonTemplate config,
      Optional<String> architecture,
      CreatedTime created,
      long uid,
      long gid,
      Template extraCommands,
      Optional<Template> runAsRoot,
      long diskSize,
      long buildVmMemorySize,
      boolean includeNixDb,
      Compression compressor)
      implements ImageSpec {
    @Override
    public Platform platform(Platform asked) {
      return architecture.map(name -> new Platform("linux", name)).orElse(asked);
    }
  }

  /**
   * {@code pullImage}.
   *
   * @param at where it stands
   * @param imageName the repository
   * @param imageDigest the manifest's digest
   * @param hash the expected hash of the archive, in any form that Nix takes
   * @param os which of several platforms, if given
   * @param arch which of several platforms, a GOARCH name, if given
   * @param finalImageName the name that the archive gives the image
   * @param finalImageTag the tag that the archive gives the image
   * @param tlsVerify whether the registry must prove who it is
   * @param name the archive's file name, if given
   */
  record Pull(
      Position at,
      Template imageName,
      Template imageDigest,
      Template hash,
      Optional<String> os,
      Optional<String> arch,
      Template finalImageName,
      Template finalImageTag,
      boolean tlsVerify,
      Optional<Template> name)
      implements ImageSpec {
    @Override
    public String function() {
      return "pullImage";
    }

    @Override
    public Platform platform(Platform asked) {
      return os.isEmpty() && arch.isEmpty()
          ? asked
          : new Platform(os.orElse(asked.os()), arch.orElse(asked.architecture()));
    }
  }

  /**
   * {@code mergeImages}.
   *
   * @param at where it stands
   * @param images the archives
   */
  record Merge(Position at, List<PathArgument> images) implements ImageSpec {
    @Override
    public String function() {
      return "mergeImages";
    }
  }

  /**
   * {@code exportImage}.
   *
   * @param at where it stands
   * @param name the output's name, if given
   * @param fromImage the image whose file system is wanted
   * @param fromImageName which image of that archive
   * @param fromImageTag which image of that archive
   * @param diskSize how much room the original gave its virtual machine, in MiB
   */
  record Export(
      Position at,
      Optional<Template> name,
      PathArgument fromImage,
      Optional<Template> fromImageName,
      Optional<Template> fromImageTag,
      long diskSize)
      implements ImageSpec {
    @Override
    public String function() {
      return "exportImage";
    }
  }

  /**
   * {@code streamNixShellImage} and {@code buildNixShellImage}.
   *
   * @param at where it stands
   * @param function which of them
   * @param drv the derivation
   * @param name the image's name; empty for the derivation's with {@code -env}
   * @param tag the image's tag; empty for one that follows from its content
   * @param uid the user
   * @param gid the user's group
   * @param homeDirectory the user's home
   * @param shell the shell; empty for that of bashInteractive
   * @param command what the interactive shell runs
   * @param run what a shell runs that is not interactive
   * @param compressor how the archive is compressed
   */
  record NixShell(
      Position at,
      String function,
      Drv drv,
      Optional<Template> name,
      Optional<Template> tag,
      long uid,
      long gid,
      Template homeDirectory,
      Optional<Template> shell,
      Optional<Template> command,
      Optional<Template> run,
      Compression compressor)
      implements ImageSpec {}

  /** How a derivation is given. */
  sealed interface Drv {
    /**
     * By the path of its {@code .drv} file.
     *
     * @param path the path
     */
    record File(PathArgument path) implements Drv {}

    /**
     * By its attributes, with its outputs' paths.
     *
     * @param attributes the attributes
     */
    record Attributes(JsonTemplate attributes) implements Drv {}
  }
}
