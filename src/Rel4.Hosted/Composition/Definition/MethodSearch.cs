using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Rel4.Hosted.Composition;

/// <summary>Looks for a task's method in the files of its program, which it does not load.</summary>
internal static class MethodSearch
{
    /// <summary>Finds what is wrong with a method.</summary>
    /// <param name="where">What messages call its place.</param>
    /// <param name="program">The program's assembly, which is there.</param>
    /// <param name="method">The method.</param>
    /// <returns>Null if nothing is, or if that can't be told: the assembly lies elsewhere, or has the type from another.</returns>
    public static SystemProblem? Check(string where, string program, TaskMethod method)
    {
        string path = Path.Combine(Path.GetDirectoryName(program)!, $"{method.Assembly}.dll");
        if (!File.Exists(path))
        {
            return IsElsewhere(program, method.Assembly) ? null
                : new(where, $"there is no assembly {path}", "Correct its name, which has no .dll at its end, or build it");
        }

        try
        {
            using var file = new PEReader(File.OpenRead(path));
            return Check(where, file.GetMetadataReader(), method);
        }
        catch (Exception refusal) when (refusal is BadImageFormatException or InvalidOperationException)
        {
            return new(where, $"{path} is no .NET assembly", "Name the assembly that has the method");
        }
    }

    private static SystemProblem? Check(string where, MetadataReader assembly, TaskMethod method)
    {
        TypeDefinition[] types = [.. assembly.TypeDefinitions.Select(assembly.GetTypeDefinition).Where(type => NameOf(assembly, type) == method.Type)];
        if (types.Length == 0)
        {
            return assembly.ExportedTypes.Count > 0 ? null
                : new(where, $"{method.Assembly} has no type {method.Type}", "Give its name with its namespace; one in another type is written Outer+Inner");
        }

        string[] names = [.. types[0].GetMethods().Select(assembly.GetMethodDefinition).Where(entry => IsEntry(assembly, entry)).Select(entry => assembly.GetString(entry.Name))];
        return names.Contains(method.Name) ? null : new(
            where,
            $"{method.Type} has no static method '{method.Name}' without parameters that returns nothing or an int",
            names.Length == 0 ? "Add it" : $"Add it, or name one of {string.Join(", ", names.Select(name => $"'{name}'"))}");
    }

    /// <summary>Tells whether .NET may find an assembly in another folder than the program's.</summary>
    private static bool IsElsewhere(string program, string assembly)
    {
        string dependencies = Path.ChangeExtension(program, ".deps.json");
        return File.Exists(dependencies) && File.ReadAllText(dependencies).Contains($"/{assembly}.dll\"", StringComparison.Ordinal);
    }

    private static string NameOf(MetadataReader assembly, TypeDefinition type)
    {
        string name = assembly.GetString(type.Name), space = assembly.GetString(type.Namespace);
        return type.GetDeclaringType() is { IsNil: false } outer ? $"{NameOf(assembly, assembly.GetTypeDefinition(outer))}+{name}"
            : space.Length == 0 ? name : $"{space}.{name}";
    }

    private static bool IsEntry(MetadataReader assembly, MethodDefinition method)
    {
        BlobReader signature = assembly.GetBlobReader(method.Signature);
        return (method.Attributes & MethodAttributes.Static) != 0
            && !signature.ReadSignatureHeader().IsGeneric
            && signature.ReadCompressedInteger() == 0
            && signature.ReadSignatureTypeCode() is SignatureTypeCode.Void or SignatureTypeCode.Int32;
    }
}
