namespace Rel4.Repository.Tests.Planted;

/// <summary>Holds everything that <see cref="Freestanding"/> must find, a member each.</summary>
/// <remarks>A nested type is named after what must be said about it.</remarks>
internal static class NeedsRuntime
{
    internal sealed class IsAClassWithInstances;

    internal record struct TakesOrReturnsAReference(int Value);

    internal struct HoldsAReference
    {
        public object? Field;
    }

    internal static class IsAStaticField
    {
        public static int Counter;
    }

    internal static class UsesNewarr
    {
        public static int Run() => new int[3].Length;
    }

    internal static class UsesBox
    {
        public static int Run(int value) => ((object)value).GetHashCode();
    }

    internal static class UsesLdstr
    {
        public static int Run() => "text".Length;
    }

    internal static class UsesNewobj
    {
        public static int Run() => new object().GetHashCode();
    }

    internal static class UsesThrow
    {
        public static void Run() => throw null!;
    }

    internal static class HandlesExceptions
    {
        public static int Run(int divisor)
        {
            try
            {
                return 1 / divisor;
            }
            finally
            {
                GC.KeepAlive(null);
            }
        }
    }

    internal static class HasAReferenceInALocalVariable
    {
        public static int Run(int value)
        {
            // A closure is an object that holds the captured variable.
            Func<int> later = () => value;
            value++;
            return later() + later();
        }
    }
}
