using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Rel4.Cli.Commands;

/// <summary>Makes options that take a number, and say what is allowed when they are given something else.</summary>
internal static class NumberOption
{
    /// <summary>Makes an option.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="helpName">What help calls the number.</param>
    /// <param name="what">What the number is, as <c>a number of seconds</c>.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The most; null for no bound.</param>
    /// <param name="byDefault">What holds where the option is left out.</param>
    public static Option<T?> Create<T>(string name, string description, string helpName, string what, T least, T? most = null, T? byDefault = null)
        where T : struct, INumber<T>
    {
        var option = new Option<T?>(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result => Parse(result, name, what, least, most),
        };
        if (byDefault is not null)
            option.DefaultValueFactory = _ => byDefault;
        return option;
    }

    /// <summary>Reads a number that an option or argument was given.</summary>
    /// <returns>Null if it was given none, or something else, which is an error of the result.</returns>
    public static T? Parse<T>(ArgumentResult result, string name, string what, T least, T? most = null)
        where T : struct, INumber<T>
    {
        if (result.Tokens.Count == 0)
            return null;
        string given = result.Tokens[^1].Value;
        if (T.TryParse(given, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && value >= least && (most is null || value <= most))
            return value;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes {what}, {least}{(most is null ? " or more" : $" to {most}")}, and not '{given}'."));
        return null;
    }
}
