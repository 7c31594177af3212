using System.Diagnostics;

namespace Rel4.Contracts;

/// <summary>Tells of unexpected exceptions on the standard error output: a line a second at most, as clients can cause them.</summary>
internal static class FailureLine
{
    private static long s_last = -Stopwatch.Frequency;

    /// <param name="failure">What has failed.</param>
    /// <param name="dispatcher">Whose method: it knows the name, by which its author does.</param>
    public static void Write(ContractFailure failure, ContractDispatcher dispatcher)
    {
        long now = Stopwatch.GetTimestamp();
        if (now - s_last < Stopwatch.Frequency)
            return;
        s_last = now;
        ThreadPool.UnsafeQueueUserWorkItem(
            static line => Console.Error.WriteLine(Printable(
                $"reL4: {line.dispatcher.Service}/{line.dispatcher.NameOf(line.failure.Method)} failed in a call of badge {line.failure.Badge}: {line.failure.Exception}")),
            (failure, dispatcher),
            preferLocal: false);
    }

    /// <summary>Takes out what would command a terminal, and indents all lines but the first: an exception may quote what a client sent, which is to begin no line of its own.</summary>
    internal static string Printable(string text) =>
        string.Concat(text.Select(character => character switch { '\n' => "\n    ", '\t' => "\t", _ when char.IsControl(character) => "\uFFFD", _ => character.ToString() }));
}
