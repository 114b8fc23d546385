package io.peft4j.api.backbone;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A frozen backbone: an ordinary SameDiff graph and the tables that let methods adapt it.
 *
 * <p>The graph is never changed by an adaptation. Parameters are constants under their checkpoint
 * paths; where the backbone was built for counting only they are placeholders without arrays, and
 * {@link #hasWeights()} is false.
 *
 * <p>Contract of the graph: the batch dimension is free; every {@link Param} is reachable from some
 * feature, those of a classifier excepted; every site output and every value computed from a
 * parameter has a place.
 *
 * <p>Safe for use by several threads. Models are made of it side by side; nobody may change its
 * graph.
 */
public final class Backbone {
  private final String id;
  private final SameDiff graph;
  private final DataType dataType;
  private final boolean hasWeights;
  private final ImageInput image;
  private final ImmutableList<Feature> features;
  private final ImmutableList<Feature> unmergedFeatures;
  private final ImmutableMap<String, Site> sites;
  private final ImmutableMap<String, Param> params;
  private final ImmutableMap<String, Place> places;
  private final ImmutableMap<String, NoiseInput> noises;
  private final ImmutableMap<String, Cost> costs;

  private Backbone(Builder b) {
    this.id = b.id;
    this.graph = b.graph;
    this.dataType = b.dataType;
    this.hasWeights = b.hasWeights;
    this.image = b.image;
    this.features = ImmutableList.copyOf(b.features);
    this.unmergedFeatures = ImmutableList.copyOf(b.unmerged.isEmpty() ? b.features : b.unmerged);
    this.sites = Maps.uniqueIndex(b.sites, Site::path);
    this.params = Maps.uniqueIndex(b.params, Param::path);
    this.places = ImmutableMap.copyOf(b.places);
    this.noises = Maps.uniqueIndex(b.noises, NoiseInput::name);
    this.costs = Maps.uniqueIndex(b.costs, Cost::variable);
  }

  private Backbone(Backbone other, ImmutableList<Feature> features) {
    this.id = other.id;
    this.graph = other.graph;
    this.dataType = other.dataType;
    this.hasWeights = other.hasWeights;
    this.image = other.image;
    this.features = features;
    this.unmergedFeatures = other.unmergedFeatures;
    this.sites = other.sites;
    this.params = other.params;
    this.places = other.places;
    this.noises = other.noises;
    this.costs = other.costs;
  }

  /**
   * Starts a backbone on {@code graph}.
   *
   * @throws InputException if models cannot be of the type
   */
  public static Builder builder(String id, SameDiff graph, DataType type, ImageInput image) {
    return new Builder(id, graph, type, image);
  }

  /** Name of the architecture, such as {@code swin-tiny}. */
  public String id() {
    return id;
  }

  /** The plain graph; read-only by contract. */
  public SameDiff graph() {
    return graph;
  }

  /** Data type of parameters and activations. */
  public DataType dataType() {
    return dataType;
  }

  /** False when the backbone was built for counting and carries no arrays. */
  public boolean hasWeights() {
    return hasWeights;
  }

  /** The image placeholder. */
  public ImageInput image() {
    return image;
  }

  /** Features for the decoders, one per stage, finest first. */
  public List<Feature> features() {
    return features;
  }

  /**
   * What the stages' last blocks give, finest first: {@link #features()} but where patches are
   * merged behind the blocks, and the features are what comes out of the merging.
   */
  public List<Feature> unmergedFeatures() {
    return unmergedFeatures;
  }

  /** This backbone, graph and tables shared, with {@link #unmergedFeatures()} as its features. */
  public Backbone withUnmergedFeatures() {
    return features.equals(unmergedFeatures) ? this : new Backbone(this, unmergedFeatures);
  }

  /** All sites, in the order of the forward pass. */
  public List<Site> sites() {
    return sites.values().asList();
  }

  /** All linear sites, in the order of the forward pass. */
  public List<LinearSite> linearSites() {
    return sites().stream()
        .filter(LinearSite.class::isInstance)
        .map(LinearSite.class::cast)
        .toList();
  }

  /** All parameters, in the order of the forward pass. */
  public List<Param> params() {
    return params.values().asList();
  }

  /**
   * The parameter with this path.
   *
   * @throws InputException if there is none
   */
  public Param param(String path) {
    return find(params, path, "parameter");
  }

  /**
   * The site with this path.
   *
   * @throws InputException if there is none
   */
  public Site site(String path) {
    return find(sites, path, "site");
  }

  /** Places of variables, by variable name. */
  public Map<String, Place> places() {
    return places;
  }

  /** Noise placeholders of the plain graph (drop-path), by name. */
  public Map<String, NoiseInput> noises() {
    return noises;
  }

  /** Costs of variables, by variable name. */
  public Map<String, Cost> costs() {
    return costs;
  }

  private <T> T find(ImmutableMap<String, T> map, String key, String what) {
    T found = map.get(key);
    if (found == null) {
      throw new InputException(
          "backbone %s has no %s '%s'%s"
              .formatted(id, what, key, NearestName.hint(key, map.keySet())));
    }
    return found;
  }

  /** Collects the tables of a backbone while its graph is built. */
  public static final class Builder {
    private final String id;
    private final SameDiff graph;
    private final DataType dataType;
    private final ImageInput image;
    private boolean hasWeights = true;
    private final ImmutableList.Builder<Feature> featureList = ImmutableList.builder();
    private final ImmutableList.Builder<Feature> unmergedList = ImmutableList.builder();
    private final ImmutableList.Builder<Site> siteList = ImmutableList.builder();
    private final ImmutableList.Builder<Param> paramList = ImmutableList.builder();
    private final ImmutableMap.Builder<String, Place> placeMap = ImmutableMap.builder();
    private final ImmutableList.Builder<NoiseInput> noiseList = ImmutableList.builder();
    private final ImmutableList.Builder<Cost> costList = ImmutableList.builder();
    private List<Feature> features = List.of();
    private List<Feature> unmerged = List.of();
    private List<Site> sites = List.of();
    private List<Param> params = List.of();
    private Map<String, Place> places = Map.of();
    private List<NoiseInput> noises = List.of();
    private List<Cost> costs = List.of();

    private Builder(String id, SameDiff graph, DataType dataType, ImageInput image) {
      this.id = id;
      this.graph = graph;
      this.dataType = Precision.require("backbone " + id, dataType);
      this.image = image;
    }

    /** Says that the parameters are placeholders without arrays. */
    public Builder withoutWeights() {
      hasWeights = false;
      return this;
    }

    /** Adds a site and places its output. */
    public Builder site(Site site) {
      siteList.add(site);
      placeMap.put(site.output(), site.place());
      return this;
    }

    /** Adds a further site on a variable that is placed already. */
    public Builder siteOnPlaced(Site site) {
      siteList.add(site);
      return this;
    }

    /** Adds a parameter. */
    public Builder param(Param param) {
      paramList.add(param);
      return this;
    }

    /** Adds a feature and places it. */
    public Builder feature(Feature feature) {
      featureList.add(feature);
      placeMap.put(feature.name(), feature.place());
      return this;
    }

    /**
     * Adds what a stage's last block gives, and places it unless it is a feature too; for every
     * stage, or for none if all are features.
     */
    public Builder unmergedFeature(Feature feature) {
      unmergedList.add(feature);
      return this;
    }

    /** Places a variable. */
    public Builder place(String variable, Place place) {
      placeMap.put(variable, place);
      return this;
    }

    /** Adds a noise placeholder. */
    public Builder noise(NoiseInput noise) {
      noiseList.add(noise);
      return this;
    }

    /** Adds the cost of a variable. */
    public Builder cost(Cost cost) {
      costList.add(cost);
      return this;
    }

    /**
     * The backbone.
     *
     * @throws IllegalArgumentException if a path, a placed variable or a cost was given twice, or a
     *     table names a variable that the graph does not have
     */
    public Backbone build() {
      features = featureList.build();
      unmerged = unmergedList.build();
      unmerged.stream()
          .filter(f -> !features.contains(f))
          .forEach(f -> placeMap.put(f.name(), f.place()));
      sites = siteList.build();
      params = paramList.build();
      places = placeMap.buildOrThrow();
      noises = noiseList.build();
      costs = costList.build();
      params.forEach(p -> require(p.path()));
      places.keySet().forEach(this::require);
      if (!unmerged.isEmpty() && unmerged.size() != features.size()) {
        throw new IllegalArgumentException(
            "backbone %s: %d features, but %d before merging"
                .formatted(id, features.size(), unmerged.size()));
      }
      noises.forEach(n -> require(n.name()));
      costs.forEach(c -> require(c.variable()));
      for (Site site : sites) {
        if (site instanceof LinearSite s) {
          require(s.input());
          require(s.matrix());
        }
      }
      return new Backbone(this);
    }

    private void require(String variable) {
      if (!graph.hasVariable(variable)) {
        throw new IllegalArgumentException(
            "backbone %s: its tables name '%s', which the graph does not have"
                .formatted(id, variable));
      }
    }
  }
}
