package dev.slipway.cli.imagefile;

import dev.slipway.oci.ImageException;
import dev.slipway.oci.message.Nearest;
import dev.slipway.store.StorePath;
import dev.slipway.transport.ImageLocation;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads path arguments.
 *
 * @param folder the absolute folder that relative paths start from
 * @param storeDir the logical store directory
 */
record PathArguments(Path folder, String storeDir) {

  PathArgument read(Template template) throws ImageFileException {
    List<Template.Segment> segments = template.segments();
    if (segments.isEmpty()) {
      throw new ImageFileException(template.at(), "expected a path, found an empty string");
    }
    if (segments.getFirst() instanceof Template.Insertion(Reference reference)) {
      return new PathArgument.Defined(template.at(), reference, rest(template));
    }
    if (!(segments.getFirst() instanceof Template.Literal(String text)) || segments.size() > 1) {
      throw new ImageFileException(
          template.at(), "a path that holds ${{ … }} must start with it, and hold only one");
    }
    return literal(template.at(), text);
  }

  private String rest(Template template) throws ImageFileException {
    List<Template.Segment> segments = template.segments();
    if (segments.size() == 1) {
      return "";
    }
    if (segments.size() == 2
        && segments.get(1) instanceof Template.Literal(String text)
        && text.startsWith("/")) {
      return inside(template.at(), text);
    }
    throw new ImageFileException(
        template.at(), "expected nothing or a slash and a path after ${{ … }}");
  }

  private PathArgument literal(Position at, String text) throws ImageFileException {
    for (HelperName helper : HelperName.values()) {
      if (helper.word().equals(text)) {
        return new PathArgument.Helper(at, helper);
      }
    }
    if (text.startsWith(storeDir + "/")) {
      return storeObject(at, text);
    }
    Optional<ImageLocation> image = image(at, text);
    if (image.isPresent()) {
      return new PathArgument.Image(at, image.get(), text);
    }
    boolean relative =
        text.equals(".") || text.equals("..") || text.startsWith("./") || text.startsWith("../");
    if (relative || text.startsWith("/")) {
      return local(at, text);
    }
    List<String> helpers = Arrays.stream(HelperName.values()).map(HelperName::word).toList();
    throw new ImageFileException(
        at,
        "'"
            + text
            + "' is neither a path (an absolute one, ./x or ../x) nor a helper"
            + Nearest.hint(text, helpers));
  }

  private Optional<ImageLocation> image(Position at, String text) throws ImageFileException {
    try {
      return ImageLocation.parse(text, folder);
    } catch (ImageException e) {
      throw new ImageFileException(at, String.valueOf(e.getMessage()), e);
    }
  }

  private PathArgument local(Position at, String text) throws ImageFileException {
    try {
      Path path = folder.resolve(text).normalize();
      if (path.equals(Path.of(storeDir))) {
        throw new ImageFileException(at, "'" + text + "' is the whole store");
      }
      return new PathArgument.LocalPath(at, path, text);
    } catch (InvalidPathException e) {
      throw new ImageFileException(at, "not a path: " + e.getReason(), e);
    }
  }

  private PathArgument storeObject(Position at, String text) throws ImageFileException {
    int start = storeDir.length() + 1;
    int end = text.indexOf('/', start);
    String baseName = end < 0 ? text.substring(start) : text.substring(start, end);
    try {
      StorePath path = new StorePath(storeDir, baseName);
      return new PathArgument.StoreObject(at, path, end < 0 ? "" : inside(at, text.substring(end)));
    } catch (IllegalArgumentException e) {
      throw new ImageFileException(at, String.valueOf(e.getMessage()), e);
    }
  }

  /** A path below something: with a slash before each component and none at the end. */
  private static String inside(Position at, String text) throws ImageFileException {
    StringBuilder out = new StringBuilder();
    for (String component : text.split("/", -1)) {
      if (component.equals("..")) {
        throw new ImageFileException(at, "'" + text + "' must not go up with ..");
      }
      if (!component.isEmpty() && !component.equals(".")) {
        out.append('/').append(component);
      }
    }
    return out.toString();
  }
}
