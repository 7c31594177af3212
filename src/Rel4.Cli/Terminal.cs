using Spectre.Console;

namespace Rel4.Cli;

/// <summary>Decides how output looks: colors and redrawing on a terminal, plain lines in a file or pipe.</summary>
internal static class Terminal
{
    /// <summary>Opens standard output.</summary>
    public static IAnsiConsole Open()
    {
        if (!Console.IsOutputRedirected)
            return AnsiConsole.Console;

        IAnsiConsole plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        plain.Profile.Width = int.MaxValue; // a file has no right edge to wrap at
        return plain;
    }
}
