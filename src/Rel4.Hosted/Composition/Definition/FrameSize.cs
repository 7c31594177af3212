using System.Text.Json.Serialization;

namespace Rel4.Hosted.Composition;

/// <summary>Names the sizes that frames have.</summary>
public enum FrameSize
{
    /// <summary>4 KiB.</summary>
    [JsonStringEnumMemberName("4KiB")]
    Page4K,

    /// <summary>2 MiB.</summary>
    [JsonStringEnumMemberName("2MiB")]
    Large2M,

    /// <summary>1 GiB.</summary>
    [JsonStringEnumMemberName("1GiB")]
    Huge1G,
}
