using System.Diagnostics.CodeAnalysis;

namespace Rel4.Cli.Tests;

/// <summary>Holds methods that a system file may name, and such as it may not.</summary>
[SuppressMessage("Performance", "CA1822", Justification = "That it is not static is the point.")]
internal sealed class EntryPoints
{
    public sealed class Inner
    {
        public static void Serve()
        {
        }

        public static int Count() => 0;

        public static void Serve(int argument) => _ = argument;

        public static string Name() => "";

        public static void Serve<T>()
        {
        }

        public void Serve(string argument) => _ = argument;

        public void OfOne()
        {
        }
    }
}
