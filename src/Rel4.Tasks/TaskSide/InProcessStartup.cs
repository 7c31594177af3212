using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.Loader;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.TaskSide;

/// <summary>Runs a task inside of the process that composes its system, where it is to be stepped through.</summary>
/// <remarks>
/// One process is one task, by statics. So what composes the system does not call this assembly's own copy of it, but that of a load context which it made for the
/// task; it knows it by name.
/// </remarks>
internal static class InProcessStartup
{
    /// <summary>How long the other threads of a task have to end, behind its first.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Runs the task on the calling thread.</summary>
    /// <param name="socket">Its socket to the kernel, which is closed when the kernel has let go of the task.</param>
    /// <param name="manifest">What it holds.</param>
    /// <param name="program">The assembly whose <c>Main</c> runs, unless the manifest names a method.</param>
    /// <param name="arguments">The arguments of <c>Main</c>.</param>
    /// <param name="waits">Whether it begins only when a debugger is attached.</param>
    /// <param name="leave">Is called when it has ended, and closes the other end of its socket: all its threads find that their kernel has ended.</param>
    /// <param name="ended">Is called with its exit code, and the failure if one ended it. The kernel buries the task then.</param>
    [RequiresUnreferencedCode("Runs a method that is known by name.")]
    public static void Run(int socket, string manifest, string program, string[] arguments, bool waits, Action leave, Action<int, Exception?> ended)
    {
        int exitCode = TaskStartup.UnhandledException;
        Exception? failure = null;
        try
        {
            // Before anything else: whatever comes, the connection closes the socket.
            CurrentTask.Attach(socket, manifest);
            if (waits)
                TaskStartup.WaitForDebugger();
            AssemblyLoadContext context = AssemblyLoadContext.GetLoadContext(typeof(InProcessStartup).Assembly)!;
            using AssemblyLoadContext.ContextualReflectionScope scope = context.EnterContextualReflection();
            exitCode = TaskContext.Manifest.Method is { } method ? TaskStartup.Invoke(method) : Main(context.LoadFromAssemblyPath(program), arguments);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        // Before the kernel buries it: a thread of a dead process makes no calls, and one of these would find its capabilities gone, of which nobody takes care.
        leave();
        CurrentTask.Leave(s_patience);
        ended(exitCode, failure);
    }

    private static int Main(Assembly program, string[] arguments)
    {
        MethodInfo main = program.EntryPoint ?? throw new MissingMethodException($"{program.GetName().Name} has no Main");
        object?[] parameters = main.GetParameters().Length == 0 ? [] : [arguments];
        return main.Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, parameters, culture: null) as int? ?? 0;
    }
}
