using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Rel4.Cli.Commands;

/// <summary>Makes the option that takes a machine's memory, in MiB or with a unit behind the number.</summary>
internal static class MemoryOption
{
    private const string Name = "--memory";
    private const int Default = 64, Least = 16, Most = 1 << 18;

    /// <summary>Makes the option.</summary>
    public static Option<int?> Create() => new(Name)
    {
        Description = $"Gives the machine so much memory, as 64M or 3G; {Default}M where it is left out.",
        HelpName = "SIZE",
        CustomParser = Parse,
        DefaultValueFactory = _ => Default,
    };

    private static int? Parse(ArgumentResult result)
    {
        string given = result.Tokens[^1].Value;
        (string digits, int unit) = given.Length == 0 ? (given, 0) : char.ToUpperInvariant(given[^1]) switch
        {
            'M' => (given[..^1], 1),
            'G' => (given[..^1], 1024),
            _ => (given, 1),
        };
        if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long count) && count is > 0 and <= Most && count * unit is >= Least and <= Most)
            return (int)(count * unit);
        result.AddError($"{Name} takes a size from {Least}M to {Most / 1024}G, as 64M or 3G, and not '{given}'.");
        return null;
    }
}
