namespace Rel4.Kernel.Mutants;

/// <summary>Is one small mistake in the kernel core.</summary>
/// <param name="Number">Its number in this build.</param>
/// <param name="Key">Its name, the same from build to build: file, member, what is changed to what.</param>
/// <param name="Line">The line of the file.</param>
internal sealed record Mutant(int Number, string Key, int Line)
{
    /// <summary>Lists the mutants of this build that compile.</summary>
    public static IReadOnlyList<Mutant> All { get; } =
    [
        .. Probe.ReadList("mutants.tsv").Select((line, number) => (Fields: line.Split('\t'), Number: number))
            .Where(entry => entry.Fields[0].Length == 0)
            .Select(entry => new Mutant(entry.Number, entry.Fields[2], int.Parse(entry.Fields[1], System.Globalization.CultureInfo.InvariantCulture))),
    ];

    /// <summary>Gets the file and the member that it is in.</summary>
    public string Member => Key[..Key.IndexOf(": ", StringComparison.Ordinal)];

    public override string ToString() => $"line {Line} of {Key}";
}
