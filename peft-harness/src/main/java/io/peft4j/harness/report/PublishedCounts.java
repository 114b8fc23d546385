package io.peft4j.harness.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import io.peft4j.api.accounting.ParameterReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * Trainable numbers as papers print them, four PASCAL tasks, with the settings that they are for.
 *
 * @param rows rows of the papers' tables
 * @param misquotations what papers print wrongly of each other, a sentence or two each
 */
public record PublishedCounts(List<Row> rows, List<String> misquotations) {
  private static final String FILE = "published-counts.json";

  /** Copies the lists. */
  public PublishedCounts {
    rows = ImmutableList.copyOf(rows);
    misquotations = ImmutableList.copyOf(misquotations);
  }

  /** What is counted. */
  public enum What {
    /** All that is trained. */
    TRAINABLE,
    /** All that is trained but decoders. */
    BACKBONE_TRAINABLE,
    /** What the method adds. */
    ADAPTER;

    /** The number in a report. */
    public long in(ParameterReport report) {
      return switch (this) {
        case TRAINABLE -> report.trainable();
        case BACKBONE_TRAINABLE -> report.backboneTrainable();
        case ADAPTER -> report.adapter();
      };
    }
  }

  /**
   * A row of a table.
   *
   * @param name as the papers call it
   * @param backbone name of the backbone
   * @param method id of the method
   * @param preset name of the preset, or empty
   * @param options options that are set
   * @param perTask one model per task
   * @param decoder name of the decoder
   * @param norms norms before the decoder
   * @param counts what the papers count
   * @param published millions, as printed; empty where no table has them
   * @param source paper and table
   * @param note what explains a difference, or is worth knowing
   */
  public record Row(
      String name,
      String backbone,
      String method,
      String preset,
      Map<String, String> options,
      boolean perTask,
      String decoder,
      String norms,
      What counts,
      String published,
      String source,
      String note) {
    /** Copies the options. */
    public Row {
      options = ImmutableMap.copyOf(options);
    }
  }

  /** Those that the library knows. */
  public static PublishedCounts read() {
    try {
      return new ObjectMapper()
          .readValue(Resources.getResource(PublishedCounts.class, FILE), PublishedCounts.class);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + FILE + ": " + e.getMessage(), e);
    }
  }
}
