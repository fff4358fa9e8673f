package dev.slipway.build;

import dev.slipway.transport.ImageLocation;
import java.util.Optional;

/**
 * The arguments of {@code exportImage}.
 *
 * @param fromImage where the image lies
 * @param fromImageName which of the archive's images, by its name
 * @param fromImageTag which of the archive's images, by its tag; without name and tag the first
 */
public record ExportImageArguments(
    ImageLocation fromImage, Optional<String> fromImageName, Optional<String> fromImageTag) {}
