using System.Runtime.CompilerServices;

namespace System
{
    /// <summary>Types what the C# compiler hands to an awaiter that knows no frames. Nothing here makes or calls one.</summary>
    public delegate void Action();

    /// <summary>Is what the compilers ask for as soon as code makes or casts an object.</summary>
    public sealed class RuntimeType : Type;
}

namespace System
{
    /// <summary>Holds a value or none; the compiler knows it by name.</summary>
    public struct Nullable<T>
        where T : struct
    {
        private readonly bool hasValue;
        private T value;

        /// <summary>Takes the value.</summary>
        public Nullable(T value)
        {
            this.value = value;
            hasValue = true;
        }

        /// <summary>Gets whether there is one.</summary>
        public readonly bool HasValue => hasValue;

        /// <summary>Gets it, or the default.</summary>
        public readonly T GetValueOrDefault() => value;
    }

    /// <summary>Marks what is to be ended by who has it.</summary>
    public interface IDisposable
    {
        /// <summary>Ends it.</summary>
        void Dispose();
    }
}

namespace System.Buffers.Binary
{
    /// <summary>Reads and writes numbers as the processor has them, which is the little end first.</summary>
    public static unsafe class BinaryPrimitives
    {
        /// <summary>Reads a number.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ulong ReadUInt64LittleEndian(ReadOnlySpan<byte> source) =>
            *(ulong*)Unsafe.AsPointer(in source.Slice(0, sizeof(ulong)).GetPinnableReference());

        /// <summary>Writes a number.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void WriteUInt64LittleEndian(Span<byte> destination, ulong value) =>
            *(ulong*)Unsafe.AsPointer(in destination.Slice(0, sizeof(ulong)).GetPinnableReference()) = value;
    }
}

namespace System.ComponentModel
{
    /// <summary>Says where an editor shows a member.</summary>
    public enum EditorBrowsableState
    {
        /// <summary>Nowhere.</summary>
        Never = 1,
    }

    /// <summary>Says where an editor shows a member.</summary>
    public sealed class EditorBrowsableAttribute : Attribute
    {
        /// <summary>Says it.</summary>
        public EditorBrowsableAttribute(EditorBrowsableState state)
        {
        }
    }
}

namespace System.Diagnostics.CodeAnalysis
{
    /// <summary>Tells the compiler's null analysis that something is there if a method returns a value.</summary>
    public sealed class NotNullWhenAttribute : Attribute
    {
        /// <summary>Says which value.</summary>
        public NotNullWhenAttribute(bool returnValue)
        {
        }
    }

    /// <summary>Has an analyzer say nothing.</summary>
    public sealed class SuppressMessageAttribute : Attribute
    {
        /// <summary>Says which rule.</summary>
        public SuppressMessageAttribute(string category, string rule)
        {
        }

        /// <summary>Gets or sets why.</summary>
        public string? Justification { get; set; }
    }
}

namespace System.Threading
{
    /// <summary>Orders memory.</summary>
    public static class Interlocked
    {
        /// <summary>Orders all reads and writes before it before those after it. ilc provides the body.</summary>
        [Intrinsic]
        public static void MemoryBarrier() => Environment.FailFast();
    }
}

namespace System.Runtime.CompilerServices
{
    /// <summary>An async method, as the compiler makes it.</summary>
    public interface IAsyncStateMachine
    {
        /// <summary>Goes on to the next <c>await</c>, or to the end.</summary>
        void MoveNext();

        /// <summary>Is called for state machines that are objects.</summary>
        void SetStateMachine(IAsyncStateMachine stateMachine);
    }

    /// <summary>What the compiler demands of an awaiter.</summary>
    public interface INotifyCompletion
    {
        /// <summary>Calls a delegate when there is a result.</summary>
        void OnCompleted(Action continuation);
    }

    /// <summary>What the compiler prefers of an awaiter.</summary>
    public interface ICriticalNotifyCompletion : INotifyCompletion
    {
        /// <summary>Calls a delegate when there is a result.</summary>
        void UnsafeOnCompleted(Action continuation);
    }

    /// <summary>Names what builds async methods that return a type.</summary>
    public sealed class AsyncMethodBuilderAttribute : Attribute
    {
        /// <summary>Names it.</summary>
        public AsyncMethodBuilderAttribute(Type builderType)
        {
        }
    }

    /// <summary>Names the state machine of an async method, as the compiler emits.</summary>
    public sealed class AsyncStateMachineAttribute : Attribute
    {
        /// <summary>Names it.</summary>
        public AsyncStateMachineAttribute(Type stateMachineType)
        {
        }
    }
}
