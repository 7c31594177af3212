using Internal.Runtime;

namespace System.Runtime;

/// <summary>Takes the calls that ilc counts on, by name, where code might box a struct, as a constraint on a generic type seems to. None does.</summary>
internal static class RuntimeExports
{
    private static unsafe object? RhBox(MethodTable* type, ref byte data)
    {
        Environment.FailFast();
        return null;
    }
}
