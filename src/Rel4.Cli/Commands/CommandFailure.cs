using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;

namespace Rel4.Cli.Commands;

/// <summary>Ends a command with a message that tells the user what is wrong and what to do.</summary>
internal sealed class CommandFailure(string message) : Exception(message)
{
    /// <summary>Runs a command; what users can do something about is a message, not a stack trace.</summary>
    public static async Task<int> CatchAsync(Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (SystemDefinitionException invalid)
        {
            foreach (SystemProblem problem in invalid.Problems)
                await Console.Error.WriteLineAsync($"rel4: {problem}");
        }
        catch (Exception failure) when (failure is CommandFailure or IOException or InvalidDataException or UnauthorizedAccessException
            or TimeoutException)
        {
            // Line by line, as a message may have several.
            await Console.Error.WriteLineAsync($"rel4: {string.Join('\n', failure.Message.Split('\n').Select(PrintableText.Of))}");
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }

        return ExitCode.Failure;
    }

    /// <summary>Reads a system file.</summary>
    /// <exception cref="CommandFailure">There is none.</exception>
    /// <exception cref="SystemDefinitionException">It does not describe a system.</exception>
    public static SystemDefinition LoadSystem(string path)
    {
        RequireFile(path);
        return SystemFile.Load(path);
    }

    /// <summary>Makes sure that a file is there.</summary>
    /// <exception cref="CommandFailure">There is none.</exception>
    public static void RequireFile(string path)
    {
        if (Directory.Exists(path))
            throw new CommandFailure($"{path} is a folder: name the system file in it.");
        if (!File.Exists(path))
            throw new CommandFailure($"There is no file {path}. docs/systems.md says how to write one.");
    }
}
