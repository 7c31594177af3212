using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Rel4.Hosted.Supervision;

namespace Rel4.Cli.Commands;

/// <summary>Tells what is wrong with the arguments that the program was given: a line for each mistake, with what was meant.</summary>
internal static class Usage
{
    /// <summary>How many letters may be wrong in what is taken for a name.</summary>
    private const int MostWrong = 2;

    /// <summary>Finds the mistakes.</summary>
    public static IReadOnlyList<string> FindMistakes(ParseResult parsed)
    {
        if (parsed.Action is not (null or ParseErrorAction) && parsed.Action != parsed.CommandResult.Command.Action)
            return []; // help, or the version
        // What looks like an option, but is none, is no value either, unless '--' stands before it.
        string[] strange =
        [
            .. parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
                .Where(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal)).Select(token => token.Value),
        ];
        Command command = parsed.CommandResult.Command;
        // What else is wrong may come of those.
        IReadOnlyList<string> unknown = strange.Length > 0 ? strange : parsed.UnmatchedTokens;
        return unknown.Count > 0
            ? [.. unknown.Select(token => Suggest(token, command))]
            : [.. parsed.Errors.Select(error => $"{OneLine(error.Message)}{(command.Subcommands.Count > 0 ? Choice(command.Subcommands.Select(sub => sub.Name)) : "")}").Distinct()];
    }

    private static string Suggest(string token, Command command)
    {
        bool isOption = token.StartsWith('-');
        string[] names = isOption
            ? [.. command.Options.Select(option => option.Name).Append("--help").Distinct()]
            : [.. command.Subcommands.Select(sub => sub.Name)];
        string what = isOption ? $"'{command.Name}' has no option '{token}'" : $"Unrecognized command or argument '{token}'";
        string? meant = names.Where(name => Distance(token, name) <= MostWrong).MinBy(name => Distance(token, name));
        return meant is not null ? $"{what}. Did you mean '{meant}'?"
            : names.Length > 0 ? $"{what}.{Choice(names)}" : $"{what}. See './rel4 {command.Name} --help'.";
    }

    private static string Choice(IEnumerable<string> names) => $" Choose from {string.Join(", ", names)}.";

    private static string OneLine(string message) => string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Counts the letters to insert, leave out or change between two words.</summary>
    private static int Distance(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 0; i < from.Length; i++)
        {
            int diagonal = row[0]++;
            for (int j = 0; j < to.Length; j++)
                (diagonal, row[j + 1]) = (row[j + 1], Math.Min(Math.Min(row[j], row[j + 1]) + 1, diagonal + (from[i] == to[j] ? 0 : 1)));
        }

        return row[^1];
    }

    /// <summary>Writes the mistakes for people.</summary>
    public static int Refuse(IEnumerable<string> mistakes)
    {
        foreach (string mistake in mistakes)
            Console.Error.WriteLine($"rel4: {PrintableText.Of(mistake)}");
        return ExitCode.Failure;
    }
}
