using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Rel4.Cli.Commands;

/// <summary>Is a command whose help ends with examples.</summary>
internal sealed class DocumentedCommand(string name, string summary, string examples) : Command(name, summary)
{
    private string Examples { get; } = examples;

    /// <summary>Makes the help of all documented commands under a root end with their examples.</summary>
    public static void ShowExamples(RootCommand root)
    {
        foreach (HelpOption option in root.Options.OfType<HelpOption>())
            option.Action = new HelpWithExamples((HelpAction)option.Action!);
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            int exitCode = help.Invoke(parseResult);
            if (parseResult.CommandResult.Command is DocumentedCommand command)
                parseResult.InvocationConfiguration.Output.WriteLine(command.Examples);
            return exitCode;
        }
    }
}
