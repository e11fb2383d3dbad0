public import VulkanRuntime

/// Every pipeline that the product can create on a device: what the vendors' compilers are asked about, and what the
/// tests hold the families to.
public enum KernelCatalog {
  public struct Entry: Sendable, Hashable {
    /// The stem: the folder in `Shaders/`.
    public let family: String
    /// Variants of one class are candidates for the same work: one of them must compile without spills. A variant
    /// without a rival is a class of its own.
    public let shapeClass: String
    public let variant: KernelVariant

    public init(family: String, shapeClass: String? = nil, variant: KernelVariant) {
      self.family = family
      self.shapeClass = shapeClass ?? variant.name
      self.variant = variant
    }
  }

  /// All entries, in a fixed order.
  public static func entries(for device: DeviceProperties) -> [Entry] {
    families.flatMap { family in family.entries(device) }
  }

  private typealias Family = (name: String, entries: @Sendable (DeviceProperties) -> [Entry])

  private static let families: [Family] = [
    family("adamw", AdamW.variants(for:)),
    family("argmax", Argmax.variants(for:)),
    family("attention", Attention.variants(for:)),
    family("cross_entropy", CrossEntropy.variants(for:)),
    family("dropout", Dropout.variants(for:)),
    family("elementwise", Elementwise.variants(for:)),
    family("embedding", Embedding.variants(for:)),
    family("gradient_norm", GradientNorm.variants(for:)),
    family("matmul", classes: Matmul.candidates(for:)),
    family("matvec", Matvec.variants(for:)),
    family("paged_attention", PagedAttention.variants(for:)),
    family("quantize", Quantize.variants(for:)),
    family("rms_norm", RMSNorm.variants(for:)),
    family("rope", Rope.variants(for:)),
    family("silu_gate", SiluGate.variants(for:)),
  ]

  /// A family whose variants are candidates for the same work within each class.
  private static func family(
    _ name: String,
    classes: @escaping @Sendable (DeviceProperties) -> [(shapeClass: String, variants: [KernelVariant])]
  ) -> Family {
    (
      name,
      { device in
        classes(device).flatMap { candidates in
          candidates.variants.map { Entry(family: name, shapeClass: candidates.shapeClass, variant: $0) }
        }
      }
    )
  }

  /// A family in which each variant does work of its own.
  private static func family(
    _ name: String, _ variants: @escaping @Sendable (DeviceProperties) -> [KernelVariant]
  ) -> Family {
    (name, { device in variants(device).map { Entry(family: name, variant: $0) } })
  }
}
