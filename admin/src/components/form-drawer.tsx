import { Alert, App, Button, Drawer, Flex, Form, type FormInstance } from 'antd'
import { type ReactNode, useId, useState } from 'react'
import { showFieldErrors, useErrorText } from '../calls/error-text.ts'
import { useFieldErrorText } from '../calls/field-rule-texts.ts'
import { NotConfirmedError } from '../connection/second-factor.ts'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('form-drawer', {
  en: {
    save: 'Save',
    cancel: 'Cancel',
    discard: 'Discard what you entered?',
    discardYes: 'Discard',
    discardNo: 'Keep it',
  },
  'zh-CN': { save: '保存', cancel: '取消', discard: '放弃已填写的内容？', discardYes: '放弃', discardNo: '继续填写' },
})

interface FormDrawerProps<T extends object, R> {
  readonly title: string
  readonly isOpen: boolean
  readonly form: FormInstance<T>
  readonly initialValues?: Partial<T>
  readonly submitText?: string
  /** What is done cannot be taken back. */
  readonly isDangerous?: boolean
  readonly width?: number
  /** What it throws is shown, beside the fields where it is about one, and what was entered stays. */
  readonly onSubmit: (values: T) => Promise<R>
  /** Done, with what `onSubmit` answered. Default: `onClose`. */
  readonly onDone?: (result: R) => void
  /** Given up, or done. */
  readonly onClose: () => void
  /** The form's name of a field of the request, where that is another one. */
  readonly nameOf?: (field: string) => string | readonly (string | number)[]
  readonly children: ReactNode
}

/** A form at the side of the page. Nothing that was entered is lost by a failure, or by a click beside it. */
export const FormDrawer = <T extends object, R = unknown>(props: FormDrawerProps<T, R>) => {
  const {
    children,
    form,
    initialValues,
    isDangerous = false,
    isOpen,
    nameOf,
    onClose,
    onDone = onClose,
    onSubmit,
    submitText,
    title,
    width = 520,
  } = props
  const name = useId()
  const t = useTexts(texts)
  const textOf = useErrorText()
  const fieldText = useFieldErrorText()
  const { modal } = App.useApp()
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()

  const leave = (): void => {
    setProblem(undefined)
    form.resetFields()
    onClose()
  }
  const finish = (result: R): void => {
    setProblem(undefined)
    form.resetFields()
    onDone(result)
  }
  const giveUp = (): void => {
    if (isBusy) return
    if (!form.isFieldsTouched()) {
      leave()
      return
    }
    void modal.confirm({ title: t('discard'), okText: t('discardYes'), cancelText: t('discardNo'), onOk: leave })
  }
  /** Whoever has no mouse begins at the first field: antd leaves the focus beside the dialogue where nothing moves. */
  const begin = (isOpened: boolean): void => {
    const fields = document.getElementById(name)
    if (!isOpened || fields === null || fields.contains(document.activeElement)) return
    fields.querySelector<HTMLElement>('input, textarea, button')?.focus({ preventScroll: true })
  }
  const submit = async (values: T): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      finish(await onSubmit(values))
    } catch (error) {
      if (!(error instanceof NotConfirmedError) && !showFieldErrors(form, error, fieldText, nameOf))
        setProblem(textOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Drawer
      open={isOpen}
      title={title}
      size={width}
      onClose={giveUp}
      afterOpenChange={begin}
      destroyOnHidden
      footer={
        <Flex vertical gap={8}>
          {/* Beside the button, which is in sight wherever in a long form somebody is. */}
          {problem !== undefined && <Alert type="error" showIcon role="alert" title={problem} />}
          <Flex justify="flex-end" gap={8}>
            <Button onClick={giveUp} disabled={isBusy}>
              {t('cancel')}
            </Button>
            <Button type="primary" danger={isDangerous} loading={isBusy} onClick={() => form.submit()}>
              {submitText ?? t('save')}
            </Button>
          </Flex>
        </Flex>
      }
    >
      <Form<T>
        // Labels find their fields by ids, of which there may be others with the same name on the page.
        name={name}
        form={form}
        layout="vertical"
        disabled={isBusy}
        // What an earlier time has left would stand in the way of what it begins with now.
        clearOnDestroy
        scrollToFirstError
        onFinish={(values) => void submit(values)}
        onFinishFailed={() => setProblem(undefined)}
        {...(initialValues === undefined ? {} : { initialValues: initialValues as never })}
      >
        {children}
      </Form>
    </Drawer>
  )
}
