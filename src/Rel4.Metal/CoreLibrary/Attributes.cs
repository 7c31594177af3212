using System.Runtime.CompilerServices;

// Attributes that the C# compiler or ilc looks for by name. They carry nothing at run time.

namespace System
{
    /// <summary>Names what an attribute may stand on.</summary>
    [Flags]
    public enum AttributeTargets
    {
        /// <summary>Anything.</summary>
        All = 0x7FFF,
    }

    /// <summary>Says where an attribute may stand; the compiler needs it for the attributes that it makes itself.</summary>
    public sealed class AttributeUsageAttribute : Attribute
    {
        /// <summary>Says on what.</summary>
        public AttributeUsageAttribute(AttributeTargets validOn)
        {
        }

        /// <summary>Gets or sets whether it may stand more than once.</summary>
        public bool AllowMultiple { get; set; }

        /// <summary>Gets or sets whether derived types have it too.</summary>
        public bool Inherited { get; set; }
    }

    /// <summary>Marks an enum whose members combine.</summary>
    public sealed class FlagsAttribute : Attribute;

    /// <summary>Marks a variable argument list; the compiler needs it to bind some calls.</summary>
    public sealed class ParamArrayAttribute : Attribute;
}

namespace System.Diagnostics
{
    /// <summary>Leaves calls out where a symbol is not defined.</summary>
    public sealed class ConditionalAttribute : Attribute
    {
        /// <summary>Names the symbol.</summary>
        public ConditionalAttribute(string symbol)
        {
        }
    }
}

namespace System.Diagnostics.CodeAnalysis
{
    /// <summary>Tells the compiler's null analysis that a method never returns.</summary>
    public sealed class DoesNotReturnAttribute : Attribute;
}

namespace System.Reflection
{
    /// <summary>Names a type's indexer, which the compiler emits for every <c>this[]</c>.</summary>
    public sealed class DefaultMemberAttribute : Attribute
    {
        /// <summary>Names it.</summary>
        public DefaultMemberAttribute(string name)
        {
        }
    }
}

namespace System.Runtime
{
    /// <summary>Exports a method under a symbol, without the runtime's transition from unmanaged code: how the boot code calls C#.</summary>
    public sealed class RuntimeExportAttribute : Attribute
    {
        /// <summary>Names the symbol.</summary>
        public RuntimeExportAttribute(string entry)
        {
        }
    }

    /// <summary>Imports a symbol as a method, without the runtime's transition to unmanaged code: how C# calls the boot code.</summary>
    public sealed class RuntimeImportAttribute : Attribute
    {
        /// <summary>Names the library, <c>*</c> for the image itself, and the symbol.</summary>
        public RuntimeImportAttribute(string library, string entry)
        {
        }
    }
}

namespace System.Runtime.CompilerServices
{
    /// <summary>Names how a method is compiled; the numbers are ECMA-335's (II.23.1.11).</summary>
    [Flags]
    public enum MethodImplOptions
    {
        /// <summary>Never inlined.</summary>
        NoInlining = 0x0008,

        /// <summary>Inlined wherever possible.</summary>
        AggressiveInlining = 0x0100,

        /// <summary>Provided from outside.</summary>
        InternalCall = 0x1000,
    }

    /// <summary>Says how a method is compiled; the compiler turns it into metadata flags.</summary>
    public sealed class MethodImplAttribute : Attribute
    {
        /// <summary>Says how.</summary>
        public MethodImplAttribute(MethodImplOptions options)
        {
        }
    }

    /// <summary>Keeps a static field at one address; here all are, and where the same source is compiled for .NET, it asks for that.</summary>
    public sealed class FixedAddressValueTypeAttribute : Attribute;

    /// <summary>Marks a method that ilc replaces by its own code: the bodies in <see cref="Unsafe"/> can't be written in C#.</summary>
    public sealed class IntrinsicAttribute : Attribute;

    /// <summary>Describes a fixed buffer, as the compiler emits for each.</summary>
    public sealed class FixedBufferAttribute : Attribute
    {
        /// <summary>Says of what and how long.</summary>
        public FixedBufferAttribute(Type elementType, int length)
        {
        }
    }

    /// <summary>Marks a type with a buffer that could be overrun, as the compiler emits for each fixed buffer.</summary>
    public sealed class UnsafeValueTypeAttribute : Attribute;

    /// <summary>Marks a struct as a run of its one field.</summary>
    public sealed class InlineArrayAttribute : Attribute
    {
        /// <summary>Says how long.</summary>
        public InlineArrayAttribute(int length)
        {
        }
    }

    /// <summary>Marks an extension method, as the compiler emits.</summary>
    public sealed class ExtensionAttribute : Attribute;

    /// <summary>Names the elements of a tuple, as the compiler emits.</summary>
    public sealed class TupleElementNamesAttribute : Attribute
    {
        /// <summary>Names them.</summary>
        public TupleElementNamesAttribute(string[] names)
        {
        }
    }

    /// <summary>Leaves locals unzeroed.</summary>
    public sealed class SkipLocalsInitAttribute : Attribute;

    /// <summary>Marks what the compiler made: the setters and fields of automatic properties.</summary>
    public sealed class CompilerGeneratedAttribute : Attribute;

    /// <summary>Modifies the type of a volatile field.</summary>
    public static class IsVolatile;

    /// <summary>Modifies the return type of an init-only setter.</summary>
    public static class IsExternalInit;
}

namespace System.Runtime.InteropServices
{
    /// <summary>Names how fields are laid out; ilc reads the metadata flag.</summary>
    public enum LayoutKind
    {
        /// <summary>In the order of their declaration.</summary>
        Sequential = 0,

        /// <summary>Where each one says.</summary>
        Explicit = 2,

        /// <summary>As ilc likes.</summary>
        Auto = 3,
    }

    /// <summary>Names how characters are passed to unmanaged code; the compiler needs it to read <see cref="StructLayoutAttribute"/>.</summary>
    public enum CharSet
    {
        /// <summary>Not said.</summary>
        None = 1,
    }

    /// <summary>Lays out a type; the compiler turns it into metadata.</summary>
    public sealed class StructLayoutAttribute : Attribute
    {
        /// <summary>Size in bytes, if more than the fields need.</summary>
        public int Size;

        /// <summary>Greatest alignment of a field.</summary>
        public int Pack;

        /// <summary>Says how.</summary>
        public StructLayoutAttribute(LayoutKind layoutKind)
        {
        }
    }

    /// <summary>Places a field; the compiler turns it into metadata.</summary>
    public sealed class FieldOffsetAttribute : Attribute
    {
        /// <summary>Says at which byte.</summary>
        public FieldOffsetAttribute(int offset)
        {
        }
    }

    /// <summary>Modifies a parameter or result that is passed by reference and only read.</summary>
    public sealed class InAttribute : Attribute;

    /// <summary>Marks the constraint <c>unmanaged</c>, as the compiler emits.</summary>
    public enum UnmanagedType;
}
