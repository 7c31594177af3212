using Rel4.Spec;

namespace Rel4.Refinement.Tests;

/// <summary>Writes things as people read them.</summary>
internal static class Text
{
    public static string Of(SlotId? slot) => slot is { } id ? $"{id.Holder:x}[{id.Index}]" : "nothing";

    public static string Of(IEnumerable<ulong> words) => string.Join(", ", words.Select(Of));

    public static string Of(ulong word) => word < 10 ? $"{word}" : $"0x{word:x}";
}
