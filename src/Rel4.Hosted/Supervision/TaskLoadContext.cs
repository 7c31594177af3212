using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.Loader;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Supervision;

/// <summary>Loads what a task in this process uses, each assembly anew: statics are those of a loaded assembly, so the task has its own.</summary>
/// <remarks>
/// .NET's own are shared, as they are the process'. It stays loaded: statics of threads, and code that the runtime's tables point to, would keep it in any case.
/// </remarks>
[RequiresUnreferencedCode("Loads a program that the composing one need not know.")]
internal sealed class TaskLoadContext(string name, string program) : AssemblyLoadContext(name)
{
    private readonly AssemblyDependencyResolver _files = new(program);

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // The program need not have been built with reL4's assemblies: then this process' are loaded anew, as in a process of its own.
        string? path = _files.ResolveAssemblyToPath(assemblyName)
            ?? HostProgram.HookFiles.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == assemblyName.Name);
        return path is null ? null : LoadFromAssemblyPath(path);
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _files.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
