using Rel4.Abi;

namespace Rel4.Kernel.Tests;

/// <summary>The methods of kernel objects as libsel4's interface description has them, for x86-64 with one processor and without MCS.</summary>
/// <remarks>
/// It comes from <c>libsel4/**/interfaces/object-api*.xml</c> and from nothing of ours (<see cref="Libsel4Reader"/>), so that kernel,
/// specification and tests can't err together.
/// </remarks>
internal static class InterfaceTable
{
    /// <summary>Gets all methods, by label.</summary>
    public static IReadOnlyList<InterfaceMethod> Methods { get; } = [.. Lines("methods.tsv").Select(InterfaceMethod.Parse)];

    /// <summary>Gets the method of a label.</summary>
    public static InterfaceMethod Of(InvocationLabel label) => Methods.Single(method => method.Label == (ulong)label);

    /// <summary>Reads a table, without its header.</summary>
    public static IEnumerable<string> Lines(string file)
    {
        using Stream stream = typeof(InterfaceTable).Assembly.GetManifestResourceStream(file)
            ?? throw new FileNotFoundException($"{file} is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
    }
}
